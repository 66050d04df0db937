import { api, body, Refusal } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';

/** Runs a message again, with a corrected text where one is given. */
export function useRerun(id: string, onDone: (id: string) => void) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  return useMutation({
    mutationFn: (text: string | null) =>
      body(
        api.POST('/api/messages/{message_id}/rerun', {
          params: { path: { message_id: id } },
          body: text === null ? {} : { text },
        }),
      ),
    onSuccess: (result) => {
      if (result.state === 'dead')
        void message.warning(t.messages.rerunStill(result.reason ?? t.messages.rerunUnsaid), 8);
      else void message.success(result.state === 'processed' ? t.messages.rerunOk : t.messages.rerunQueued);
      onDone(result.id);
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

/** Puts all chosen messages back before the consumer and says how many could not be. */
export function BulkRerun({ chosen, onDone }: { chosen: ReadonlySet<string>; onDone: () => void }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  const run = useMutation({
    mutationFn: (ids: string[]) => body(api.POST('/api/messages/rerun', { body: { ids } })),
    onSuccess: ({ messages }) => {
      const left = chosen.size - messages.length;
      void (left > 0
        ? message.warning(t.messages.rerunSome(messages.length, left), 8)
        : message.success(t.messages.rerunQueued));
      onDone();
    },
    onError: () => void message.error(t.error.failed),
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
