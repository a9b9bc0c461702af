import { Button, Code, Stack, Table, Text } from '@mantine/core';
import { usePermissions } from '../api/context.js';
import { useInstallationCommand } from '../api/queries.js';
import type { ScopeReport } from '../api/types.js';
import { Icon } from '../shell/icons.js';
import { ProblemNotice } from '../shell/problem-notice.js';
import { EmptyState } from '../shell/query-states.js';
import { Section } from '../shell/section.js';
import { Tag } from '../shell/tag.js';
import { useNow } from '../shell/use-now.js';
import { ago } from '../times.js';
import { scopeWords } from '../words.js';
import classes from './scopes.module.css';

/** What the credential can do, scope by scope, and what rests on each. */
export function ScopesSection({ scopes }: { scopes: ScopeReport[] }) {
  const { owner } = usePermissions();
  const now = useNow();
  const check = useInstallationCommand(() => ({ method: 'POST', path: '/validate' }));
  const checkedAt = Math.max(0, ...scopes.map((scope) => scope.checkedAt ?? 0));

  return (
    <Section
      title="What the credential can do"
      description={`Each permission was tried with a real request.${checkedAt === 0 ? '' : ` Last checked ${ago(checkedAt, now)}.`}`}
      aside={
        owner ? (
          <Button variant="default" loading={check.isPending} onClick={() => check.mutate()}>
            Check again
          </Button>
        ) : null
      }
    >
      {check.error === null ? null : <ProblemNotice problem={check.error} />}
      {scopes.length === 0 ? (
        <EmptyState icon="shield" title="Nothing was checked yet">
          The permissions show here once SmartRecruiters has been asked.
        </EmptyState>
      ) : (
        <Table verticalSpacing="sm" className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Scope</Table.Th>
              <Table.Th scope="col">Result</Table.Th>
              <Table.Th scope="col">What rests on it</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {scopes.map((scope) => (
              <Table.Tr key={scope.scope}>
                <Table.Th scope="row" fw={500}>
                  <Code>{scope.scope}</Code>
                </Table.Th>
                <Table.Td>
                  <Tag {...scopeWords[scope.status]} {...iconOf(scope.status)} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm" c={scope.status === 'missing' ? 'var(--bad)' : 'inherit'}>
                    {scope.features.join(', ')}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Stack gap={4}>
        {scopes.some((scope) => scope.status === 'unverified') ? (
          <Text size="xs" c="dimmed">
            <Icon name="question" size={12} /> Permissions to write cannot be tried without writing
            something into SmartRecruiters, so they show at their first use.
          </Text>
        ) : null}
      </Stack>
    </Section>
  );
}

function iconOf(status: ScopeReport['status']) {
  return status === 'unverified' || status === 'unknown' ? ({ icon: 'question' } as const) : {};
}
