import fc from 'fast-check';
import { consentGate, noticeDeadline } from '../../../activities/interviews/consent-gate.js';
import { type DecisionInput, decide } from '../../../activities/interviews/decide.js';
import type { RestrictionFacts } from '../../../activities/interviews/restrictions.js';
import { decisionCodes, decisionFor } from '../../../workflows/contracts/decision.js';
import { defaultSettings } from '../../../workflows/contracts/settings.js';

const minute = 60_000;
const hour = 60 * minute;
const now = 1_800_000_000_000;
const startsAt = now + 2 * 24 * hour;

function combinations<Values extends Record<string, readonly unknown[]>>(
  values: Values,
): { [Name in keyof Values]: Values[Name][number] }[] {
  return Object.entries(values).reduce<Record<string, unknown>[]>(
    (made, [name, options]) =>
      made.flatMap((one) => options.map((option) => ({ ...one, [name]: option }))),
    [{}],
  ) as { [Name in keyof Values]: Values[Name][number] }[];
}

const cases = combinations({
  phase: [null, 'validating', 'active', 'paused', 'uninstalling'],
  record: [true, false],
  consent: ['notice', 'opt_in', 'external', 'declared'],
  notice: ['none', 'accepted', 'undeliverable'],
  role: [null, false, true],
  choice: [null, 'join', 'skip'],
  tombstone: [false, true],
  excluded: [false, true],
  readable: [true, false],
  goneAt: [null, 1],
  session: ['none', 'ahead', 'begun', 'late', 'over'],
  link: ['joinable', 'unsupported', 'unsuitable', 'none'],
} as const);
type Case = (typeof cases)[number];

const ordinaryFacts: RestrictionFacts = {
  interviewTypes: ['Screening'],
  titles: ['First talk'],
  interviewerIds: ['user-1'],
  jobId: 'job-1',
  jobTitle: 'Engineer',
  department: 'Research',
  location: 'Berlin, Germany',
};

function inputOf(of: Case): DecisionInput {
  const starts = {
    none: 0,
    ahead: startsAt,
    begun: now - minute,
    late: now - 30 * minute,
    over: now - 2 * hour,
  }[of.session];
  const external =
    of.consent === 'declared' ? { external: { declaredBy: 'o', declaredAt: 1 } } : {};
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
                mode: of.consent === 'declared' ? 'external' : of.consent,
                ...external,
              },
            },
          },
    role: of.role === null ? null : { enabled: of.role },
    interview: {
      goneAt: of.goneAt,
      readable: of.readable,
      excluded: of.excluded,
      choice: of.choice === null ? null : { action: of.choice, by: 'p', at: 1, sealedReason: null },
      notice: {
        state: of.notice,
        acceptedAt: of.notice === 'accepted' ? now - 10 * 24 * hour : null,
      },
      firstSeenAt: now - 11 * 24 * hour,
    },
    session:
      of.session === 'none'
        ? null
        : {
            startsAt: starts,
            endsAt: starts + hour,
            link: of.link === 'unsuitable' ? 'joinable' : of.link,
            provider: of.link === 'none' ? null : of.link === 'unsuitable' ? 'webex' : 'zoom',
          },
    facts: ordinaryFacts,
    confidential: false,
    interviewerOptedOut: false,
    tombstone: of.tombstone,
    fencedByOperations: false,
    joins: new Set(['zoom', 'google_meet', 'microsoft_teams']),
    now,
  };
}

describe(`the decision over ${cases.length} combinations`, () => {
  const decided = cases.map((of) => ({ of, decision: decide(inputOf(of)) }));
  const where = (which: (of: Case) => boolean) => decided.filter(({ of }) => which(of));
  const codesOf = (rows: typeof decided) =>
    [...new Set(rows.map(({ decision }) => decision.code))].sort();
  const isOn = (of: Case) => of.goneAt === null && of.phase === 'active' && of.session !== 'over';
  const isKept = (of: Case) => of.tombstone || of.choice === 'skip';

  it('is always a whole row of the closed list', () => {
    const unknown = decided.filter(
      ({ decision }) =>
        !decisionCodes.includes(decision.code) ||
        JSON.stringify(decision) !== JSON.stringify(decisionFor(decision.code)),
    );
    expect(unknown).toEqual([]);
  });

  it('a cancelled interview is cancelled, whatever else is true', () => {
    expect(codesOf(where((of) => of.goneAt !== null))).toEqual(['cancelled']);
  });

  it.each([
    ['paused', 'paused'],
    [null, 'not_active'],
    ['validating', 'not_active'],
    ['uninstalling', 'not_active'],
  ] as const)('nothing joins while the installation is %s', (phase, code) => {
    expect(codesOf(where((of) => of.goneAt === null && of.phase === phase))).toEqual([code]);
  });

  it('a skip of a person beats everything but facts', () => {
    expect(codesOf(where((of) => isOn(of) && isKept(of)))).toEqual(['skipped_by_person']);
  });

  it('recording that is off beats a join of a person', () => {
    expect(codesOf(where((of) => isOn(of) && !isKept(of) && !of.record))).toEqual(['record_off']);
  });

  it('a join of a person beats a role that is off and an exclusion', () => {
    const wanted = codesOf(where((of) => of.choice === 'join'));
    expect(wanted).not.toContain('role_off');
    expect(wanted).not.toContain('excluded');
    expect(wanted).toContain('joins_by_choice');
  });

  it('nothing joins without a satisfied row of the consent gate, also not by choice', () => {
    const joining = decided
      .filter(({ decision }) => decision.verdict === 'join')
      .map(({ of }) => of);
    expect(joining.length).toBeGreaterThan(0);
    expect(joining.filter((of) => of.consent === 'opt_in' || of.consent === 'external')).toEqual(
      [],
    );
    expect(joining.filter((of) => of.consent === 'notice' && of.notice !== 'accepted')).toEqual([]);
  });

  it('joins only what is on, wanted, readable, linked and in time', () => {
    const joining = decided
      .filter(({ decision }) => decision.verdict === 'join')
      .map(({ of }) => of);
    const wrong = joining.filter(
      (of) =>
        !isOn(of) ||
        isKept(of) ||
        !of.record ||
        !of.readable ||
        of.link !== 'joinable' ||
        !['ahead', 'begun'].includes(of.session) ||
        (of.choice !== 'join' && (of.role !== true || of.excluded)),
    );
    expect(wrong).toEqual([]);
  });

  it('says when the link is of a service that the notetaker in use does not join', () => {
    const unsuitable = where((of) => of.link === 'unsuitable');
    expect(codesOf(unsuitable)).toContain('provider_unsuitable');
    expect(unsuitable.filter(({ decision }) => decision.verdict === 'join')).toEqual([]);
    const others = where((of) => of.link !== 'unsuitable');
    expect(codesOf(others)).not.toContain('provider_unsuitable');
  });

  it('joins everything that is so', () => {
    const rows = where(
      (of) =>
        isOn(of) &&
        !isKept(of) &&
        of.record &&
        of.readable &&
        of.link === 'joinable' &&
        of.session === 'ahead' &&
        of.consent === 'declared' &&
        (of.choice === 'join' || (of.role === true && !of.excluded)),
    );
    expect(codesOf(rows)).toEqual(['joins_by_choice', 'will_join']);
  });
});

describe('the consent gate', () => {
  const consent = { mode: 'notice' as const, noticeLeadHours: 24, regions: [] };
  const ordinary = startsAt - 24 * hour;
  const gate = (acceptedAt: number | null, firstSeenAt: number | null, at = now) =>
    consentGate({
      consent,
      startsAt,
      firstSeenAt,
      notice: { state: acceptedAt === null ? 'none' : 'accepted', acceptedAt },
      now: at,
    });

  it('takes a notice up to the last millisecond of its lead', () => {
    expect([-1, 0, 1].map((ms) => gate(ordinary + ms, now))).toEqual([
      null,
      null,
      'notice_too_late',
    ]);
  });

  it('waits until that moment, and says then that it is too late', () => {
    expect([-1, 0, 1].map((ms) => gate(null, now, ordinary + ms))).toEqual([
      'notice_pending',
      'notice_pending',
      'notice_too_late',
    ]);
  });

  it('takes a late notice for an interview first seen after its lead, within 10 min', () => {
    const seen = ordinary + 1;
    expect([0, 10 * minute, 10 * minute + 1].map((ms) => gate(seen + ms, seen))).toEqual([
      null,
      null,
      'notice_too_late',
    ]);
  });

  it('takes a late notice no later than 15 min before the start', () => {
    const seen = startsAt - 20 * minute;
    const last = startsAt - 15 * minute;
    expect([last, last + 1].map((at) => gate(at, seen))).toEqual([null, 'notice_too_late']);
    expect(gate(startsAt - 14 * minute, startsAt - 14 * minute)).toBe('notice_too_late');
  });

  it('gives no late notice to an interview that was seen in time', () => {
    expect(gate(ordinary + 5 * minute, ordinary)).toBe('notice_too_late');
  });

  it('never lets anybody in without a word of consent or its declaration', () => {
    const notice = { state: 'accepted' as const, acceptedAt: 1 };
    const of = (given: Parameters<typeof consentGate>[0]['consent']) =>
      consentGate({ consent: given, startsAt, firstSeenAt: 1, notice, now });
    expect(of({ ...consent, mode: 'opt_in' })).toBe('notice_pending');
    expect(of({ ...consent, mode: 'external' })).toBe('notice_pending');
    expect(
      of({ ...consent, mode: 'external', external: { declaredBy: 'o', declaredAt: 1 } }),
    ).toBeNull();
  });

  it('never has a deadline later than 15 min before the start, or the lead', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100, max: 100 }),
        fc.integer({ min: 1, max: 200 }),
        (seenHours, noticeLeadHours) => {
          const input = {
            consent: { ...consent, noticeLeadHours },
            startsAt,
            firstSeenAt: startsAt + seenHours * hour,
            now,
          };
          const lead = startsAt - noticeLeadHours * hour;
          expect(noticeDeadline(input)).toBeLessThanOrEqual(Math.max(lead, startsAt - 15 * minute));
        },
      ),
    );
  });
});
