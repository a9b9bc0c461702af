/**
 * Writes `docs/decisions-table.md` from the one list of decisions (`workflows/contracts/decision.ts`):
 * `npx tsx tools/decision-table.ts`. A test fails when the file is out of date.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type DecidedBy,
  type DecisionCode,
  decisionCodes,
  decisionFor,
  type FixableBy,
  type Verdict,
} from '../workflows/contracts/decision.js';

export const decisionTableFile = fileURLToPath(
  new URL('../docs/decisions-table.md', import.meta.url),
);

const headings: Record<Verdict, string> = {
  join: 'The notetaker joins',
  wait: 'Not decided yet',
  skip: 'The notetaker stays out',
};

const deciders: Record<DecidedBy, string> = {
  rules: 'the rules',
  owner: 'an Owner',
  person: 'a person',
  candidate: 'the candidate',
  system: 'the system',
};

const fixers: Record<FixableBy, string> = {
  owner: 'an Owner',
  admin: 'an Owner or Admin',
  recruiter: 'a recruiter, in SmartRecruiters',
  candidate: 'the candidate alone',
  operations: 'Pillar’s engineers',
  nobody: 'nobody',
};

/** The page as Markdown. */
export function decisionTable(): string {
  const verdicts = Object.keys(headings) as Verdict[];
  return [
    '# Decisions',
    '',
    '<!-- Made by `npx tsx tools/decision-table.ts`; change `workflows/contracts/decision.ts` instead. -->',
    '',
    'For each interview one code says whether the notetaker joins and why. The list is closed: the API',
    'shows exactly these, with their sentences, before and after the call. *Decided by* names whose word',
    'it is, *can change it* who has to act for another decision.',
    ...verdicts.flatMap((verdict) => ['', `## ${headings[verdict]}`, '', ...rowsOf(verdict)]),
    '',
  ].join('\n');
}

function rowsOf(verdict: Verdict): string[] {
  const codes = decisionCodes.filter((code) => decisionFor(code).verdict === verdict);
  return ['| code | sentence | decided by | can change it |', '| --- | --- | --- | --- |'].concat(
    codes.map(rowOf),
  );
}

function rowOf(code: DecisionCode): string {
  const { explanation, decidedBy, fixableBy } = decisionFor(code);
  return `| \`${code}\` | ${explanation.replaceAll('|', '\\|')} | ${deciders[decidedBy]} | ${fixers[fixableBy]} |`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(decisionTableFile, decisionTable());
}
