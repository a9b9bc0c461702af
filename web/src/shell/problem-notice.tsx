import { Button, Text } from '@mantine/core';
import type { ApiProblem } from '../api/problem.js';
import { problemWords } from '../words.js';
import { Notice } from './notice.js';

/** What went wrong, in words, and a way to try again where that makes sense. */
export function ProblemNotice(props: { problem: ApiProblem; retry?: () => void }) {
  const { problem, retry } = props;
  const { title, detail } = problemWords(problem);
  return (
    <Notice tone={problem.code === 'still_running' ? 'info' : 'bad'} title={title} urgent>
      {detail === null ? null : <Text size="sm">{detail}</Text>}
      {problem.requestId === null ? null : (
        <Text size="xs" mt={4}>
          Reference for support: {problem.requestId}
        </Text>
      )}
      {retry === undefined ? null : (
        <Button size="xs" variant="default" mt="xs" onClick={retry}>
          Try again
        </Button>
      )}
    </Notice>
  );
}
