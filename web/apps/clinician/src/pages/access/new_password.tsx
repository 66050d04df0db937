import { useLanguage } from '@xinglin/i18n';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type SubmitEvent } from 'react';
import { Field, Refused } from '../../access/field';

interface NewPasswordProps {
  save: (password: string) => Promise<unknown>;
  onSaved: () => void;
}

/** A new password, said once: it can be looked at while it is typed. */
export function NewPassword({ save, onSaved }: NewPasswordProps) {
  const { t } = useLanguage();
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const saving = useMutation({
    mutationFn: save,
    onSuccess: () => {
      setPassword('');
      setTried(false);
      onSaved();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (password) saving.mutate(password);
  };
  return (
    <form className="access-form" onSubmit={submit} noValidate>
      <Field
        label={t.access.newPassword}
        text={password}
        onText={setPassword}
        hint={t.access.passwordRule}
        wrong={tried && !password && !saving.isSuccess}
        autoComplete="new-password"
        size="large"
        secret
      />
      <Refused error={saving.error} />
      <Button htmlType="submit" size="large" loading={saving.isPending}>
        {t.access.setPassword}
      </Button>
    </form>
  );
}
