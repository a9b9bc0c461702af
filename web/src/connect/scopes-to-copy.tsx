import { ActionIcon, Button, Stack, VisuallyHidden } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useState } from 'react';
import type { Scope } from '../../../workflows/contracts/scopes.js';
import { Icon } from '../shell/icons.js';
import classes from './connect.module.css';

const scopes: Scope[] = [
  'candidates_read',
  'candidates_create',
  'candidate_status_read',
  'interviews_read',
  'interviews_write',
  'interview_types_read',
  'job_applications_read',
  'jobs_read',
  'users_read',
];

/** The nine names as SmartRecruiters writes them, to copy one by one or all at once. */
export function ScopesToCopy() {
  const clipboard = useClipboard({ timeout: 2_000 });
  const [last, setLast] = useState<string | null>(null);
  const copied = clipboard.copied ? last : null;
  const copy = (text: string) => {
    setLast(text);
    clipboard.copy(text);
  };
  const all = scopes.join(' ');

  return (
    <Stack gap="xs" align="flex-start">
      <ul className={classes.scopes} style={{ width: '100%' }}>
        {scopes.map((scope) => (
          <li key={scope} className={classes.scope}>
            {scope}
            <ActionIcon
              variant="subtle"
              color="gray"
              c={copied === scope ? 'var(--good)' : 'dimmed'}
              aria-label={`Copy ${scope}`}
              onClick={() => copy(scope)}
            >
              <Icon name={copied === scope ? 'check' : 'copy'} size={15} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name={copied === all ? 'check' : 'copy'} size={15} />}
        onClick={() => copy(all)}
      >
        {copied === all ? 'Copied' : 'Copy all nine'}
      </Button>
      <VisuallyHidden role="status">{copied === null ? '' : 'Copied'}</VisuallyHidden>
      {clipboard.error === null ? null : (
        <span role="alert">
          Your browser does not allow copying here: select the names instead.
        </span>
      )}
    </Stack>
  );
}
