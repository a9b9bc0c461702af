import { readFileSync } from 'node:fs';
import { createNotetaker } from '../../../activities/notetaker/index.js';
import { reasonWords } from '../../../workflows/contracts/reason-words.js';

describe('the choice of a notetaker', () => {
  it.each(['pillar', 'recall', 'attendee', 'vexa'] as const)('%s', (provider) => {
    const { capabilities } = createNotetaker({
      provider,
      apiUrl: 'https://x.example',
      apiKey: 'k',
    });
    expect(capabilities.provider).toBe(provider);
    expect(capabilities.requestLead.earliestMs).toBeGreaterThan(capabilities.requestLead.latestMs);
    expect(capabilities.joins.has('zoom')).toBe(true);
  });

  it.each(['recall', 'attendee', 'vexa'])('has words for what %s says of a bot', (name) => {
    const file = new URL(`../../../activities/notetaker/${name}-schemas.ts`, import.meta.url);
    const source = readFileSync(file, 'utf8');
    const tables = source.slice(source.indexOf('const words'), source.indexOf('Schema = z'));
    const codes = [...tables.matchAll(/'([a-z]+_[a-z_]+)'/g)]
      .map(([, code]) => code ?? '')
      .filter((code) => code !== 'asked_to_leave');
    expect(codes.length).toBeGreaterThan(8);
    const { sentence } = reasonWords('never_heard');
    const unknown = sentence.replace('never heard', '');
    const wordless = codes.filter((code) => {
      return reasonWords(code).sentence.replace(code.replaceAll('_', ' '), '') === unknown;
    });
    expect(wordless).toEqual([]);
  });
});
