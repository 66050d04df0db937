import { api, body, Refusal } from '@xinglin/api';
import { useLanguage, type Catalogue } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';

export type Point = [number, number];
export type Use = keyof Catalogue['space']['categories'];

export interface Storey {
  id: string;
  name: string;
  name_en: string;
  elevation: number;
  level: number;
}

export interface RoomShape {
  id: string;
  storey: string;
  number: string;
  name: string;
  name_en: string;
  category: Use;
  outline: Point[];
  floor: number;
  height: number;
  public: boolean;
  beds: number;
  location: string | null;
  unit: string | null;
}

/** A building as `GET /api/space/buildings/{building}` gives it: metres. */
export interface House {
  id: string;
  name: string;
  name_en: string;
  storeys: Storey[];
  rooms: RoomShape[];
  doors: { id: string; rooms: string[]; at: Point | null; storey: string }[];
}

export function useBuildings() {
  return useQuery({ queryKey: ['space'], queryFn: () => body(api.GET('/api/space/buildings')) });
}

export function useHouse(building: string | undefined) {
  return useQuery({
    queryKey: ['space', building],
    enabled: Boolean(building),
    queryFn: async () => {
      const path = { building: building ?? '' };
      return (await body(
        api.GET('/api/space/buildings/{building}', { params: { path } }),
      )) as unknown as House;
    },
  });
}

/** What a room, storey or building is called in the reader's language. */
export function useNames() {
  const { t, language } = useLanguage();
  const named = (one: { name: string; name_en: string }) =>
    language === 'en' ? one.name_en || one.name : one.name || one.name_en;
  const room = (one: RoomShape) => {
    const own = named(one) || t.space.categories[one.category];
    return one.number && one.number.length <= 6 && !one.unit && !/-/.test(one.number)
      ? `${own} ${one.number}`
      : own;
  };
  return { named, room };
}

export function wordsOf(error: unknown, otherwise: string): string {
  return error instanceof Refusal ? error.message : otherwise;
}
