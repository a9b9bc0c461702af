import fc from 'fast-check';
import {
  compare,
  normalizeInterview,
  type VendorInterview,
  type VendorTimeslot,
} from '../../../activities/interviews/normalize.js';

const first: VendorTimeslot = {
  timeslotId: 'slot-1',
  startsAt: Date.UTC(2026, 10, 25, 9),
  endsAt: Date.UTC(2026, 10, 25, 10),
  title: 'System design',
  place: null,
  interviewType: 'Onsite',
  interviewers: [
    { userId: 'ada', status: 'accepted' },
    { userId: 'bob', status: 'pending' },
  ],
  candidateStatus: 'pending',
};

const second: VendorTimeslot = {
  ...first,
  timeslotId: 'slot-2',
  startsAt: first.endsAt,
  endsAt: first.endsAt + 3_600_000,
  title: 'Coding',
};

const interview: VendorInterview = {
  interviewId: 'interview-1',
  jobId: 'job-1',
  candidateId: 'candidate-1',
  candidateStatus: 'pending',
  organizerId: 'org-1',
  timezone: 'Europe/Berlin',
  location: 'Zoom: https://acme.zoom.us/j/84012345678?pwd=abc',
  locationType: 'VIDEO_MEETING_ZOOM',
  source: 'API',
  timeslots: [first, second],
};

function changed(change: Partial<VendorInterview>) {
  return compare({
    before: normalizeInterview({ interview }),
    after: normalizeInterview({ interview: { ...interview, ...change } }),
  });
}

function changedSlot(change: Partial<VendorTimeslot>) {
  return changed({ timeslots: [{ ...first, ...change }, second] });
}

describe('the normal form of an interview', () => {
  it('does not depend on the order of timeslots and interviewers, nor on blanks', () => {
    const other: VendorInterview = {
      ...interview,
      location: `  ${interview.location}\n`,
      timeslots: [second, { ...first, place: ' ', interviewers: first.interviewers.toReversed() }],
    };
    expect(normalizeInterview({ interview: other })).toEqual(normalizeInterview({ interview }));
  });

  it('has the hull of its timeslots and one session for the room they share', () => {
    expect(normalizeInterview({ interview })).toMatchObject({
      window: { startsAt: first.startsAt, endsAt: second.endsAt },
      linkState: 'found',
      sessions: [{ sessionId: 'slot-1', room: { identity: 'zoom:84012345678' } }],
    });
  });

  it('looks for the link in the location, then in the place, then in the title', () => {
    const slots = [
      { ...first, place: 'https://meet.google.com/abc-defg-hij', title: 'https://zoom.us/j/1' },
      { ...second, title: 'Join https://zoom.us/j/99999999999' },
    ];
    const identities = (location: string | null) =>
      normalizeInterview({ interview: { ...interview, location, timeslots: slots } }).sessions.map(
        ({ room }) => room?.identity,
      );
    expect(identities('5th floor')).toEqual(['google_meet:abc-defg-hij', 'zoom:99999999999']);
    expect(identities(interview.location)).toEqual(['zoom:84012345678']);
  });

  it('takes the link of a person before that of the vendor', () => {
    const normal = normalizeInterview({
      interview,
      linkByPerson: 'https://meet.google.com/abc-defg-hij',
    });
    expect(normal.sessions).toMatchObject([{ room: { identity: 'google_meet:abc-defg-hij' } }]);
    expect(compare({ before: normalizeInterview({ interview }), after: normal })).toBe('moved');
  });

  it('says that a link is unreadable when a text names two rooms', () => {
    const location = 'https://meet.google.com/abc-defg-hij https://zoom.us/j/84012345678';
    expect(normalizeInterview({ interview: { ...interview, location } })).toMatchObject({
      linkState: 'unreadable',
      sessions: [{ room: null }],
    });
  });

  it('bears an interview without timeslots', () => {
    expect(normalizeInterview({ interview: { ...interview, timeslots: [] } })).toMatchObject({
      window: null,
      sessions: [],
      linkState: 'none',
    });
  });

  it('keeps the plan’s hash when only texts around a link, people or replies change', () => {
    const plan = (change: Partial<VendorInterview>) =>
      normalizeInterview({ interview: { ...interview, ...change } }).planHash;
    expect(plan({ location: 'Call https://zoom.us/j/84012345678' })).toBe(plan({}));
    expect(plan({ organizerId: 'someone', candidateStatus: 'accepted' })).toBe(plan({}));
    expect(plan({ timezone: 'UTC' })).not.toBe(plan({}));
  });
});

describe('what changed between two readings', () => {
  it('is nothing for the same reading', () => {
    expect(changed({})).toBe('same');
  });

  it.each<[string, Partial<VendorTimeslot>]>([
    [
      'an interviewer’s reply',
      {
        interviewers: [
          { userId: 'ada', status: 'declined' },
          { userId: 'bob', status: 'pending' },
        ],
      },
    ],
    ['the candidate’s reply', { candidateStatus: 'accepted' }],
  ])('is a mere reply: %s', (_what, change) => {
    expect(changedSlot(change)).toBe('replies_only');
  });

  it('is a mere reply: the candidate’s word on the whole interview', () => {
    expect(changed({ candidateStatus: 'declined' })).toBe('replies_only');
  });

  it.each<[string, Partial<VendorTimeslot>]>([
    [
      'an interviewer more',
      { interviewers: [...first.interviewers, { userId: 'eve', status: null }] },
    ],
    ['an interviewer less', { interviewers: [] }],
    ['another title', { title: 'Values' }],
    ['another type', { interviewType: 'Phone' }],
  ])('is about people: %s', (_what, change) => {
    expect(changedSlot(change)).toBe('people');
  });

  it('is about people: another candidate, organizer', () => {
    expect(changed({ candidateId: 'candidate-2' })).toBe('people');
    expect(changed({ organizerId: null })).toBe('people');
  });

  it.each<[string, Partial<VendorTimeslot>]>([
    ['the start', { startsAt: first.startsAt + 60_000 }],
    ['the end', { endsAt: first.endsAt - 60_000 }],
    ['the place', { place: 'Room 5' }],
    ['the timeslot itself', { timeslotId: 'slot-3' }],
    ['the start and people', { startsAt: first.startsAt + 60_000, interviewers: [] }],
  ])('is a move: %s', (_what, change) => {
    expect(changedSlot(change)).toBe('moved');
  });

  it.each<[string, Partial<VendorInterview>]>([
    ['the zone', { timezone: 'America/New_York' }],
    ['the room', { location: 'https://acme.zoom.us/j/99999999999' }],
    ['the passcode', { location: 'Zoom: https://acme.zoom.us/j/84012345678?pwd=xyz' }],
    ['the link is gone', { location: null }],
    ['a timeslot is gone', { timeslots: [first] }],
  ])('is a move: %s', (_what, change) => {
    expect(changed(change)).toBe('moved');
  });

  it('is never called the same when any fact differs', () => {
    const facts = fc.record({
      candidateStatus: fc.constantFrom(null, 'accepted', 'pending'),
      organizerId: fc.constantFrom(null, 'a', 'b'),
      timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
      location: fc.constantFrom(null, 'Berlin', 'https://zoom.us/j/84012345678'),
      locationType: fc.constantFrom(null, 'ADDRESS'),
      source: fc.constantFrom(null, 'API'),
    });
    fc.assert(
      fc.property(facts, facts, (one, other) => {
        const before = normalizeInterview({ interview: { ...interview, ...one } });
        const after = normalizeInterview({ interview: { ...interview, ...other } });
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(compare({ before, after }) === 'same').toBe(isSame);
        expect(before.hash === after.hash).toBe(isSame);
      }),
    );
  });
});
