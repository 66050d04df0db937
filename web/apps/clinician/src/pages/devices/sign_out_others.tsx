import { api, body } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Popconfirm } from 'antd';

/** Ends every session of mine but this one. */
export function SignOutOthers() {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  const end = useMutation({
    mutationFn: () => body(api.DELETE('/api/access/sessions')),
    onSuccess: ({ ended }) => void message.success(t.access.othersDone(ended)),
    onError: () => void message.error(t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Popconfirm
      title={t.access.othersOutTitle}
      description={t.access.othersOutWhat}
      okText={t.access.othersOut}
      cancelText={t.access.keep}
      okButtonProps={{ danger: true }}
      onConfirm={() => end.mutate()}
    >
      <Button loading={end.isPending} data-testid="others-out">
        {t.access.othersOut}
      </Button>
    </Popconfirm>
  );
}
