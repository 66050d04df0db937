import { api, body, Refusal } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';

/** Runs a message again, with a corrected text where one is given. */
export function useRerun(id: string, onDone: () => void) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  return useMutation({
    mutationFn: (text: string | null) =>
      body(
        api.POST('/api/messages/{id}/rerun', {
          params: { path: { id } },
          body: text === null ? {} : { text },
        }),
      ),
    onSuccess: (result) => {
      if (result.state === 'dead')
        void message.warning(t.messages.rerunStill(result.reason ?? t.messages.rerunUnsaid), 8);
      else void message.success(t.messages.rerunOk);
      onDone();
    },
    onError: (error) => {
      const words = error instanceof Refusal ? error.message : '';
      void message.error(words || t.error.unreachable, 8);
    },
    onSettled: () => refresh(queries),
  });
}

function refresh(queries: ReturnType<typeof useQueryClient>): void {
  for (const key of ['messages', 'message', 'message-summary'])
    void queries.invalidateQueries({ queryKey: [key] });
}

/** Runs all chosen messages again, one after the other, and says how many went through. */
export function BulkRerun({ chosen, onDone }: { chosen: ReadonlySet<string>; onDone: () => void }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  const run = useMutation({
    mutationFn: async (ids: string[]) => {
      let failed = 0;
      for (const id of ids) {
        const rerun = body(api.POST('/api/messages/{id}/rerun', { params: { path: { id } }, body: {} }));
        const { state } = await rerun.catch(() => ({ state: 'dead' }));
        if (state === 'dead') failed += 1;
      }
      return { done: ids.length - failed, failed };
    },
    onSuccess: ({ done, failed }) => {
      const words = t.messages.rerunDone(done, failed);
      void (failed > 0 ? message.warning(words, 8) : message.success(words));
      onDone();
    },
    onSettled: () => refresh(queries),
  });
  if (chosen.size === 0) return null;
  return (
    <div className="bulk" role="status">
      <span>{t.messages.selected(chosen.size)}</span>
      <Button type="primary" loading={run.isPending} onClick={() => run.mutate([...chosen])}>
        {t.messages.rerunAll(chosen.size)}
      </Button>
    </div>
  );
}
