import type { NotetakerProvider } from '../../../activities/notetaker/port.js';

/** Where a bot is when the change comes. `frozen`: its provider no longer lets it be taken back. */
export const botStates = ['waiting', 'requested', 'frozen', 'lobby', 'recording'] as const;
export type BotState = (typeof botStates)[number];

export const changes = [
  'moved_far',
  'moved_a_little',
  'new_link',
  'cancelled',
  'role_off',
  'skipped',
  'uninstalled',
] as const;
export type Change = (typeof changes)[number];

export const providers = [
  'pillar',
  'recall',
  'attendee',
  'vexa',
] as const satisfies NotetakerProvider[];

/**
 * - `no_bot`: none was there, none comes (or, moved, not before its new minute)
 * - `removed`: told to go, gone by the provider's word
 * - `removed_and_asked_anew`: the same, and then one in the new room
 * - `stays`: it follows the people
 */
export type Action = 'no_bot' | 'removed' | 'removed_and_asked_anew' | 'stays';

/** What keeps a cell from existing. */
export type NotThere = 'never_frozen';

/** Providers whose bots can be frozen at all, when asked for as their adapter asks. */
const freezing: ReadonlySet<NotetakerProvider> = new Set(['recall']);

/** What has to happen, for every provider; the table in `docs/stop-matrix.md` is made of it. */
export function expected(
  provider: NotetakerProvider,
  state: BotState,
  change: Change,
): Action | NotThere {
  if (state === 'frozen' && !freezing.has(provider)) return 'never_frozen';
  const isThere = state !== 'waiting';
  switch (change) {
    case 'moved_far':
      return isThere ? 'removed' : 'no_bot';
    case 'moved_a_little':
      return state === 'recording' ? 'stays' : isThere ? 'removed_and_asked_anew' : 'no_bot';
    case 'new_link':
      return isThere ? 'removed_and_asked_anew' : 'no_bot';
    case 'cancelled':
    case 'role_off':
    case 'skipped':
    case 'uninstalled':
      return isThere ? 'removed' : 'no_bot';
  }
}

const words: Record<Action | NotThere, string> = {
  no_bot: 'no bot is asked for',
  removed: 'bot leaves',
  removed_and_asked_anew: 'bot leaves, then a new one',
  stays: 'bot stays with the people',
  never_frozen: '–',
};
const headings: Record<Change, string> = {
  moved_far: 'moved to another hour',
  moved_a_little: 'moved by minutes',
  new_link: 'new link',
  cancelled: 'cancelled',
  role_off: 'role off',
  skipped: 'skipped',
  uninstalled: 'uninstalled',
};

/** The page `docs/stop-matrix.md`. */
export function matrixPage(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const sections = providers.map((provider) => {
    const rows = botStates.map((state) =>
      row([state, ...changes.map((change) => words[expected(provider, state, change)])]),
    );
    return [
      `## ${provider}`,
      '',
      row(['the bot is', ...changes.map((change) => headings[change])]),
      row(['---', ...changes.map(() => '---')]),
      ...rows,
      '',
    ].join('\n');
  });
  return [
    '# What a change does to a bot',
    '',
    'Generated from `test/end-to-end/stop-matrix/table.ts`; every cell is a test in',
    '`test/end-to-end/stop-matrix/` (`npm run test:matrix`), over the product and a simulation of the provider. In each no',
    'room ever has two bots, and "leaves" means that the provider has said that it is gone. `–`: bots of',
    'this provider, as they are asked for, can always be taken back.',
    '',
    ...sections,
  ].join('\n');
}
