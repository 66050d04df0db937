import { useQuery } from '@tanstack/react-query';
import { nameOf } from '../../fhir/person';
import { read } from '../../fhir/search';
import type { HumanName } from '../../fhir/types';

/** What of a person or place in the directory names it. */
interface Named {
  name?: string | HumanName[];
  practitioner?: { display?: string };
}

/** Somebody or something of the directory by name; what has none, or cannot be read, by its reference. */
export function Party({ reference }: { reference: string }) {
  const asked = useQuery({
    queryKey: ['party', reference],
    queryFn: async ({ signal }) => wordsFor((await read(`/fhir/${reference}`, signal)) as Named),
    staleTime: Infinity,
    enabled: reference.includes('/'),
  });
  if (!asked.data) return <code className="anywhere">{reference}</code>;
  return <span title={reference}>{asked.data}</span>;
}

function wordsFor({ name, practitioner }: Named): string | null {
  if (typeof name === 'string') return name;
  return (name && nameOf({ name })) ?? practitioner?.display ?? null;
}
