import { readFileSync } from 'node:fs';
import { decisionTable, decisionTableFile } from '../../../tools/decision-table.js';
import {
  type DecisionCode,
  decisionCodes,
  decisionFor,
} from '../../../workflows/contracts/decision.js';

describe('the table of decisions', () => {
  it('in docs/ is the one that the code makes (npx tsx tools/decision-table.ts)', () => {
    expect(readFileSync(decisionTableFile, 'utf8')).toBe(decisionTable());
  });

  it('names every code once', () => {
    const named = [...decisionTable().matchAll(/^\| `(\w+)` \|/gm)].map(([, code = '']) => code);
    expect([...named].sort()).toEqual([...decisionCodes].sort());
  });

  it('has a sentence for a recruiter in every row', () => {
    const sentences = decisionCodes.map((code) => decisionFor(code).explanation);
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][^_`|]{10,170}\.$/);
  });

  it.each<[DecisionCode, string, RegExp]>([
    ['room_shared', 'join', /one notetaker serves both/],
    ['room_forbidden', 'skip', /must not be recorded/],
    ['fenced_by_operations', 'skip', /engineers have stopped/],
    ['restricted', 'skip', /restriction in the settings/],
    ['confidential', 'skip', /private or confidential/],
    ['interviewer_opted_out', 'skip', /interviewer does not want/],
    ['provider_unsuitable', 'skip', /cannot be joined/],
  ])('says of %s: %s, and why', (code, verdict, words) => {
    expect(decisionFor(code).verdict).toBe(verdict);
    expect(decisionFor(code).explanation).toMatch(words);
  });
});
