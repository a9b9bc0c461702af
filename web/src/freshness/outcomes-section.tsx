import { Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { List } from '../api/cache.js';
import type { ApiProblem } from '../api/problem.js';
import type { Interview, SessionOutcome } from '../api/types.js';
import { EmptyState, QueryStates } from '../shell/query-states.js';
import { Section } from '../shell/section.js';
import { outcomeWords } from '../words.js';
import classes from './freshness.module.css';

const drawn: SessionOutcome[] = ['captured', 'missed', 'skipped'];

/** What became of the interviews of the last 7 days, as one bar. */
export function OutcomesSection(props: { query: UseQueryResult<List<Interview>, ApiProblem> }) {
  return (
    <Section title="How it went" description="Interviews of the last 7 days.">
      <QueryStates query={props.query} rows={2}>
        {(list) => <Outcomes interviews={list.items} />}
      </QueryStates>
    </Section>
  );
}

function Outcomes({ interviews }: { interviews: Interview[] }) {
  const sessions = interviews.flatMap((interview) => interview.sessions);
  const parts = drawn.map((outcome) => ({
    outcome,
    label: outcomeWords[outcome].label,
    count: sessions.filter((session) => session.outcome === outcome).length,
  }));
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  if (total === 0) {
    return (
      <EmptyState icon="video" title="Nothing to show yet">
        After the first interviews you see here how many were captured.
      </EmptyState>
    );
  }
  const captured = parts[0]?.count ?? 0;
  const missed = parts[1]?.count ?? 0;
  const wanted = captured + missed;
  const reasons = missReasons(sessions.filter((session) => session.outcome === 'missed'));
  return (
    <Stack gap="sm">
      <Text size="sm">
        {wanted === 0 ? (
          'No interview was to be captured.'
        ) : (
          <>
            <Text span fz="1.5rem" fw={650}>
              {Math.floor((100 * captured) / wanted)} %
            </Text>{' '}
            of the interviews that were to be captured were.
          </>
        )}
      </Text>
      <div
        className={classes.bar}
        role="img"
        aria-label={parts.map((part) => `${part.label} ${part.count}`).join(', ')}
      >
        {parts
          .filter((part) => part.count > 0)
          .map((part) => (
            <div
              key={part.outcome}
              className={classes.part}
              data-outcome={part.outcome}
              style={{ flexGrow: part.count }}
              title={`${part.label}: ${part.count}`}
            />
          ))}
      </div>
      <ul className={classes.legend}>
        {parts.map((part) => (
          <li key={part.outcome}>
            <span className={classes.swatch} data-outcome={part.outcome} />
            <Text span size="sm">
              {part.label} <b>{part.count}</b>
            </Text>
          </li>
        ))}
      </ul>
      {reasons.length === 0 ? null : (
        <div>
          <Text size="sm" c="dimmed">
            Why interviews were missed:
          </Text>
          <ul className={classes.reasons}>
            {reasons.map(({ words, count }) => (
              <li key={words}>
                <Text size="sm" c="dimmed">
                  {`${words} (${count})`}
                </Text>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Stack>
  );
}

function missReasons(missed: { explanation: string | null }[]): { words: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { explanation } of missed) {
    if (explanation !== null) counts.set(explanation, (counts.get(explanation) ?? 0) + 1);
  }
  return [...counts]
    .map(([words, count]) => ({ words, count }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 3);
}
