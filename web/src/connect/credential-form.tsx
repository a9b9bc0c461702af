import { Button, PasswordInput, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useInstallationCommand } from '../api/queries.js';
import { ProblemNotice } from '../shell/problem-notice.js';

interface Credential {
  clientId: string;
  clientSecret: string;
}

/**
 * Client id and secret on their way to the API. The secret leaves the form as soon as it is sent,
 * whatever the answer, and is kept nowhere.
 */
export function CredentialForm(props: {
  submitLabel: string;
  /** The API is already checking credentials that were sent earlier. */
  validating?: boolean;
  onDone?: () => void;
}) {
  const { submitLabel, validating = false, onDone } = props;
  const form = useForm<Credential>({
    initialValues: { clientId: '', clientSecret: '' },
    validate: {
      clientId: (value) => (value.trim() === '' ? 'Paste the client ID' : null),
      clientSecret: (value) => (value.trim() === '' ? 'Paste the client secret' : null),
    },
  });
  const connect = useInstallationCommand<Credential>((credential) => {
    const body = { ...credential };
    // A mutation keeps what it was called with for as long as it lives.
    credential.clientSecret = '';
    return { method: 'PUT', path: '/', body };
  });
  const busy = connect.isPending || validating;

  const submit = form.onSubmit(({ clientId, clientSecret }) => {
    form.setFieldValue('clientSecret', '');
    connect.mutate(
      { clientId: clientId.trim(), clientSecret: clientSecret.trim() },
      { onSuccess: () => onDone?.() },
    );
  });

  return (
    <form onSubmit={submit} autoComplete="off" noValidate>
      <Stack>
        <TextInput
          label="Client ID"
          spellCheck={false}
          autoComplete="off"
          disabled={busy}
          {...form.getInputProps('clientId')}
        />
        <PasswordInput
          label="Client secret"
          description="Sent once, then sealed: nobody can read it again, here or at Pillar."
          autoComplete="off"
          disabled={busy}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the secret' }}
          {...form.getInputProps('clientSecret')}
        />
        {busy ? <Checking /> : null}
        {connect.error === null || busy ? null : <ProblemNotice problem={connect.error} />}
        <Button type="submit" loading={busy}>
          {submitLabel}
        </Button>
      </Stack>
    </form>
  );
}

function Checking() {
  return (
    <div role="status">
      <Text size="sm" mb={6}>
        Signing in to SmartRecruiters and trying the nine scopes one by one. This can take half a
        minute.
      </Text>
      <Progress value={100} animated aria-label="Checking the credentials" />
    </div>
  );
}
