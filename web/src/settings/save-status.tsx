import { Text } from '@mantine/core';
import type { ApiProblem } from '../api/problem.js';
import { ProblemNotice } from '../shell/problem-notice.js';

interface Saving {
  isPending: boolean;
  isSuccess: boolean;
  error: ApiProblem | null;
}

/** The word beside a section's title while its change travels. */
export function SaveStatus({ saving }: { saving: Saving }) {
  const word = saving.isPending ? 'Saving…' : saving.isSuccess ? 'Saved' : '';
  return (
    <Text size="xs" c="dimmed" role="status">
      {word}
    </Text>
  );
}

/** The refusal, when there was one: what was shown has gone back to what holds. */
export function SaveProblem({ saving }: { saving: Saving }) {
  return saving.error === null ? null : <ProblemNotice problem={saving.error} />;
}
