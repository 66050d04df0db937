import { api, body, type PayOrder } from '@xinglin/api';
import { formatYuan, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';

const agesMs = 5_000;
const askAgainMs = 3_000;

/** The bills of mine and of those for whom I act. */
export function useBills() {
  return useQuery({
    queryKey: ['bills'],
    queryFn: () => body(api.GET('/api/bills')),
    refetchInterval: agesMs,
  });
}

/** A payment as the provider tells it, asked again until it ended; `enabled` keeps it from asking for nothing. */
export function useOrder(order: string | null) {
  return useQuery({
    queryKey: ['pay-order', order],
    queryFn: () =>
      body(api.POST('/api/bills/orders/{order}/check', { params: { path: { order: order ?? '' } } })),
    enabled: order !== null,
    refetchInterval: (query) => (isOpen(query.state.data) ? askAgainMs : false),
  });
}

export function isOpen(order: PayOrder | undefined): boolean {
  return order === undefined || order.state === 'open' || order.state === 'created';
}

/** Says an amount in fen as people read it. */
export function useYuan(): (fen: number) => string {
  const { t, language } = useLanguage();
  return (fen) => t.bill.yuan(formatYuan(fen, language));
}
