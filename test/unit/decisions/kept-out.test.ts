import fc from 'fast-check';
import { type DecisionInput, decide } from '../../../activities/interviews/decide.js';
import { defaultSettings, type Restriction } from '../../../workflows/contracts/settings.js';

const hour = 3_600_000;
const now = 1_800_000_000_000;

const facts = {
  interviewTypes: ['Screening'],
  titles: ['First talk'],
  interviewerIds: ['user-1'],
  jobId: 'job-1',
  jobTitle: 'Engineer',
  department: 'Research',
  location: 'Berlin, Germany',
};

/** Restrictions that each concern the interview above, and some that do not. */
const concerning: Restriction[] = [
  { field: 'interviewType', match: 'screening' },
  { field: 'department', match: 'RESEARCH' },
  { field: 'location', match: 'Berlin' },
  { field: 'job', match: 'job-1' },
  { field: 'interviewer', match: 'user-1' },
  { field: 'title', match: 'talk' },
];
const marking: Restriction = { field: 'confidential', match: 'talk' };
const others: Restriction[] = [
  { field: 'interviewType', match: 'Panel' },
  { field: 'job', match: 'job-2' },
  { field: 'title', match: 'tal' },
  { field: 'confidential', match: 'secret' },
];

const restricted = concerning[0] as Restriction;
const phases = [null, 'validating', 'active', 'paused', 'uninstalling'] as const;

interface Case {
  phase: (typeof phases)[number];
  goneAt: number | null;
  operations: boolean;
  marked: boolean;
  optedOut: boolean;
  restrictions: Restriction[];
  record: boolean;
  role: boolean;
  excluded: boolean;
  readable: boolean;
  choice: 'join' | 'skip' | null;
  tombstone: boolean;
  consent: 'declared' | 'pending' | 'opt_in';
  session: 'none' | 'ahead' | 'late' | 'over';
  link: 'joinable' | 'unsupported' | 'none';
  provider: 'zoom' | 'webex';
}

function inputOf(of: Case): DecisionInput {
  const starts = { none: 0, ahead: now + hour, late: now - hour / 2, over: now - 2 * hour };
  const startsAt = starts[of.session];
  const declared =
    of.consent === 'declared' ? { external: { declaredBy: 'o', declaredAt: 1 } } : {};
  const mode = of.consent === 'pending' ? 'notice' : of.consent;
  return {
    installation:
      of.phase === null
        ? null
        : {
            phase: of.phase,
            settings: {
              ...defaultSettings,
              engagement: { ...defaultSettings.engagement, record: of.record },
              consent: {
                ...defaultSettings.consent,
                mode: mode === 'declared' ? 'external' : mode,
                ...declared,
              },
              restrictions: of.restrictions,
            },
          },
    role: { enabled: of.role },
    interview: {
      goneAt: of.goneAt,
      readable: of.readable,
      excluded: of.excluded,
      choice: of.choice === null ? null : { action: of.choice, by: 'p', at: 1, sealedReason: null },
      notice: { state: 'none', acceptedAt: null },
      firstSeenAt: now - hour,
    },
    session:
      of.session === 'none'
        ? null
        : {
            ...{ startsAt, endsAt: startsAt + hour, link: of.link },
            provider: of.link === 'none' ? null : of.provider,
          },
    facts,
    confidential: of.marked,
    interviewerOptedOut: of.optedOut,
    tombstone: of.tombstone,
    fencedByOperations: of.operations,
    joins: new Set(['zoom']),
    now,
  };
}

const open: Case = {
  ...{ phase: 'active', goneAt: null, operations: false, marked: false, optedOut: false },
  ...{ restrictions: [], record: true, role: true, excluded: false, readable: true, choice: null },
  ...{ tombstone: false, consent: 'declared', session: 'ahead', link: 'joinable' },
  provider: 'zoom',
};
const codeOf = (change: Partial<Case>) => decide(inputOf({ ...open, ...change })).code;

const booleans = [false, true];
/** What keeps out by itself, in each combination with what wants the notetaker in. */
function* combinations(): Generator<Case> {
  for (const phase of phases)
    for (const goneAt of [null, 1])
      for (const operations of booleans)
        for (const marked of booleans)
          for (const optedOut of booleans)
            for (const restrictions of [[], [restricted], [marking], [marking, restricted]])
              for (const role of booleans)
                for (const record of booleans)
                  for (const choice of [null, 'join', 'skip'] as const)
                    for (const tombstone of booleans)
                      for (const session of ['none', 'ahead', 'over'] as const)
                        for (const consent of ['declared', 'pending'] as const)
                          yield {
                            ...{ ...open, phase, goneAt, operations, marked, optedOut },
                            ...{ restrictions, role, record, choice, tombstone, session, consent },
                          };
}

/** Word for word what the order of the decision promises, as a list of its own. */
function expected(of: Case): string | null {
  if (of.goneAt !== null) return 'cancelled';
  if (of.phase === 'paused') return 'paused';
  if (of.phase !== 'active') return 'not_active';
  if (of.operations) return 'fenced_by_operations';
  if (of.session === 'over') return 'over';
  if (of.marked || of.restrictions.includes(marking)) return 'confidential';
  if (of.optedOut) return 'interviewer_opted_out';
  if (of.tombstone || of.choice === 'skip') return 'skipped_by_person';
  if (!of.record) return 'record_off';
  if (of.restrictions.length > 0) return 'restricted';
  return null;
}

describe('what keeps the notetaker out', () => {
  it('is told in one order, whatever else is true', () => {
    let tried = 0;
    const wrong: unknown[] = [];
    for (const of of combinations()) {
      const code = expected(of);
      if (code === null) continue;
      tried += 1;
      const decided = decide(inputOf(of));
      if (decided.code !== code || decided.verdict !== 'skip') wrong.push({ of, decided });
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(tried).toBeGreaterThan(40_000);
  });

  it('is none of it when nothing of it is true', () => {
    expect(codeOf({})).toBe('will_join');
    expect(codeOf({ restrictions: others })).toBe('will_join');
    expect(codeOf({ choice: 'join', role: false })).toBe('joins_by_choice');
  });

  it.each(concerning)('is a restriction by $field, also against a person’s join', (restriction) => {
    expect(codeOf({ restrictions: [restriction] })).toBe('restricted');
    expect(codeOf({ restrictions: [...others, restriction], choice: 'join' })).toBe('restricted');
  });

  it('is privacy even where nobody wants the notetaker, so that other interviews hear of it', () => {
    for (const change of [{ role: false }, { choice: 'skip' as const }, { record: false }]) {
      expect(codeOf({ ...change, marked: true })).toBe('confidential');
      expect(codeOf({ ...change, optedOut: true })).toBe('interviewer_opted_out');
    }
  });

  it('is a service that this notetaker does not join, after what is asked of the link itself', () => {
    expect(codeOf({ provider: 'webex' })).toBe('provider_unsuitable');
    expect(codeOf({ provider: 'webex', choice: 'join' })).toBe('provider_unsuitable');
    expect(codeOf({ provider: 'webex', link: 'unsupported' })).toBe('link_unsupported');
    expect(codeOf({ provider: 'webex', link: 'none' })).toBe('no_link');
  });
});

const anyCase: fc.Arbitrary<Case> = fc.record({
  phase: fc.constantFrom(...phases, 'active', 'active', 'active'),
  goneAt: fc.constantFrom(null, null, null, 1),
  operations: fc.boolean(),
  marked: fc.boolean(),
  optedOut: fc.boolean(),
  restrictions: fc.subarray([...concerning, marking, ...others]),
  record: fc.boolean(),
  role: fc.boolean(),
  excluded: fc.boolean(),
  readable: fc.boolean(),
  choice: fc.constantFrom(null, 'join', 'skip'),
  tombstone: fc.boolean(),
  consent: fc.constantFrom('declared', 'pending', 'opt_in'),
  session: fc.constantFrom('none', 'ahead', 'late', 'over'),
  link: fc.constantFrom('joinable', 'unsupported', 'none'),
  provider: fc.constantFrom('zoom', 'webex'),
});
/** The same, with everything open that is not under test. */
const likelyOpen = anyCase.map((of) => ({
  ...{ ...of, phase: 'active' as const, goneAt: null, operations: false, record: true },
  ...{ tombstone: false, readable: true, session: 'ahead' as const, link: 'joinable' as const },
}));
const rank = { skip: 0, wait: 1, join: 2 };

describe('laws of the decision', () => {
  it('a restriction that is added never turns a no into a yes, nor a wait into one', () => {
    let narrowed = 0;
    fc.assert(
      fc.property(
        fc.oneof(anyCase, likelyOpen),
        fc.subarray([...concerning, marking, ...others]),
        (of, added) => {
          const before = rank[decide(inputOf(of)).verdict];
          const restrictions = [...of.restrictions, ...added];
          const after = rank[decide(inputOf({ ...of, restrictions })).verdict];
          expect(after).toBeLessThanOrEqual(before);
          if (after < before) narrowed += 1;
        },
      ),
      { numRuns: 2_000 },
    );
    expect(narrowed).toBeGreaterThan(0);
  });

  it('restrictions win over everything that wants the notetaker in', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyCase, likelyOpen),
        fc.constantFrom(...concerning, marking),
        (of, one) => {
          const restrictions = [...of.restrictions, one];
          expect(decide(inputOf({ ...of, restrictions })).verdict).toBe('skip');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('without consent nothing joins, by choice or otherwise', () => {
    fc.assert(
      fc.property(fc.oneof(anyCase, likelyOpen), (of) => {
        fc.pre(of.consent !== 'declared');
        expect(decide(inputOf(of)).verdict).not.toBe('join');
      }),
      { numRuns: 2_000 },
    );
  });

  it('a person’s join changes only rules: nothing that was decided by somebody else', () => {
    fc.assert(
      fc.property(fc.oneof(anyCase, likelyOpen), (of) => {
        const before = decide(inputOf({ ...of, choice: null }));
        const after = decide(inputOf({ ...of, choice: 'join' }));
        if (after.code === before.code) return;
        expect(['role_off', 'excluded', 'will_join']).toContain(before.code);
      }),
      { numRuns: 2_000 },
    );
  });
});
