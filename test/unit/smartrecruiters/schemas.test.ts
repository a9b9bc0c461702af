import {
  readInterviewItem,
  readInterviews,
} from '../../../activities/smartrecruiters/interview-schema.js';
import { instantOf, isVendorId } from '../../../activities/smartrecruiters/schema-parts.js';
import {
  readApplication,
  readCandidate,
  readCandidatePage,
  readInterviewTypes,
  readJob,
  readJobApplication,
  readJobPage,
  readUser,
  readUserPage,
} from '../../../activities/smartrecruiters/schemas.js';

const jobId = '5c7a1f0e-32d9-4b56-8f3e-0a3f6c1d2e4b';
const candidateId = 'c1d2e3f4-a5b6-4c7d-8e9f-001122334455';
const interviewId = 'a0b1c2d3-e4f5-4a6b-9c8d-778899aabbcc';
const userId = '58b6cd2ee4b0a1f2d3c4b5a6';

/** As the vendor's sample bodies of 2021 have it. */
const interview2021 = {
  id: interviewId,
  candidate: { id: candidateId, status: 'pending' },
  jobId,
  organizerId: userId,
  timezone: 'Europe/Warsaw',
  location: 'https://zoom.us/j/123456789',
  createdOn: '2021-09-01T08:00:00.000Z',
  refUrl: 'https://www.smartrecruiters.com/app/interviews/1',
  timeslots: [
    {
      id: 'b9b8b7b6-0000-4000-8000-000000000001',
      interviewType: 'Phone Screen',
      title: 'First talk',
      place: 'Room 1',
      startsOn: '2021-10-01T10:00:00.000Z',
      endsOn: '2021-10-01T11:00:00.000Z',
      interviewers: [{ id: userId, status: 'accepted' }],
    },
  ],
};
const interview2023 = {
  ...interview2021,
  source: 'API',
  timeslots: [{ ...interview2021.timeslots[0], candidateStatus: null }],
};
const { organizerId: _organizerId, ...withoutOrganizer } = interview2023;
const interview2026 = {
  ...withoutOrganizer,
  candidate: null,
  locationType: 'VIDEO_MEETING_ZOOM',
  brandNewField: { nested: true },
  timeslots: [{ ...interview2023.timeslots[0], noShow: false, title: null, place: null }],
};

const job = {
  id: jobId,
  title: 'Engineer',
  refNumber: 'REF1',
  createdOn: '2021-09-01T08:00:00.000Z',
  updatedOn: '2021-09-02T08:00:00.000Z',
  lastActivityOn: '2021-09-03T08:00:00.000Z',
  department: { id: '1', label: 'R&D', description: '' },
  location: { country: 'Poland', countryCode: 'pl', region: null, city: 'Kraków', remote: false },
  status: 'SOURCING',
  postingStatus: 'PUBLIC',
  language: { code: 'en', label: 'English' },
};

describe('interviews', () => {
  it.each([
    ['2021', interview2021, { organizerId: userId, source: null, candidateId }],
    ['2023', interview2023, { organizerId: userId, source: 'API', candidateId }],
    [
      '2026',
      interview2026,
      { organizerId: null, locationType: 'VIDEO_MEETING_ZOOM', candidateId: null },
    ],
  ])('reads the shape of %s', (_version, body, expected) => {
    const reading = readInterviewItem(body);
    expect(reading).toMatchObject({
      kind: 'readable',
      interview: {
        interviewId,
        jobId,
        timezone: 'Europe/Warsaw',
        location: 'https://zoom.us/j/123456789',
        timeslots: [
          {
            startsAt: Date.UTC(2021, 9, 1, 10),
            endsAt: Date.UTC(2021, 9, 1, 11),
            interviewType: 'Phone Screen',
            interviewers: [{ userId, status: 'accepted' }],
          },
        ],
        ...expected,
      },
    });
  });

  const slot = interview2021.timeslots[0];
  it.each([
    ['time_without_zone', [{ ...slot, startsOn: '2021-10-01T10:00:00.000' }]],
    ['time_without_zone', [slot, { ...slot, endsOn: 'tomorrow' }]],
    ['end_before_start', [{ ...slot, endsOn: '2021-10-01T09:00:00.000Z' }]],
    ['end_before_start', [{ ...slot, endsOn: slot?.startsOn }]],
    ['no_timeslots', []],
    ['unknown_shape', null],
    ['unknown_shape', [{ id: 'x' }]],
    ['unknown_shape', [null]],
  ])('keeps an interview as unreadable: %s', (reason, timeslots) => {
    const list = readInterviews({ content: [{ ...interview2021, timeslots }] });
    expect(list).toEqual({ interviews: [], unreadable: [{ interviewId, reason }], skipped: 0 });
  });

  it.each(['cancelled', 'CANCELED', 'Cancelled_by_candidate'])(
    'a status that says %s, should one ever come, is a doubt and no more',
    (status) => {
      const reason = 'said_to_be_cancelled';
      const unreadable = [{ interviewId, reason }];
      const ofInterview = readInterviews({ content: [{ ...interview2023, status }] });
      expect(ofInterview).toEqual({ interviews: [], unreadable, skipped: 0 });
      const timeslots = [slot, { ...slot, id: 'other', status }];
      const ofTimeslot = readInterviews({ content: [{ ...interview2023, timeslots }] });
      expect(ofTimeslot).toEqual({ interviews: [], unreadable, skipped: 0 });
    },
  );

  it.each([
    [{ private: true }, true],
    [{ confidential: true }, true],
    [{ private: false, confidential: null }, false],
    [{ private: 'yes' }, false],
    [{}, false],
  ])('takes the mark %j, should one ever come, for private: %s', (mark, confidential) => {
    const reading = readInterviewItem({ ...interview2023, ...mark });
    expect(reading).toMatchObject({ kind: 'readable', interview: { confidential } });
  });

  it.each(['scheduled', 'not cancelled', 7, null])('reads on with the status %j', (status) => {
    const timeslots = [{ ...slot, status }];
    const reading = readInterviewItem({ ...interview2023, status, timeslots });
    expect(reading.kind).toBe('readable');
  });

  it('reads 300 timeslots', () => {
    const timeslots = Array.from({ length: 300 }, (_, index) => ({
      ...slot,
      id: `slot-${index}`,
    }));
    const reading = readInterviewItem({ ...interview2023, timeslots });
    if (reading.kind !== 'readable') throw new Error('expected it to be readable');
    expect(reading.interview.timeslots.map(({ timeslotId }) => timeslotId)).toEqual(
      timeslots.map(({ id }) => id),
    );
  });

  it('takes an interview that is listed twice once, the first time', () => {
    const twice = [interview2023, { ...interview2023, location: 'elsewhere' }];
    const broken = { ...interview2023, id: 'broken', timeslots: [] };
    const list = readInterviews({ content: [...twice, broken, broken] });
    expect(list.interviews.map(({ location }) => location)).toEqual([interview2023.location]);
    expect(list.unreadable).toEqual([{ interviewId: 'broken', reason: 'no_timeslots' }]);
  });

  it('one bad interview leaves the others of the page readable', () => {
    const wrong = { ...interview2021, id: 'wrong', timeslots: [{ ...slot, endsOn: 'soon' }] };
    const list = readInterviews({ content: [wrong, interview2023] });
    expect(list.interviews).toHaveLength(1);
    expect(list.unreadable).toEqual([{ interviewId: 'wrong', reason: 'time_without_zone' }]);
  });

  it('counts items without an id, and keeps the others', () => {
    const list = readInterviews({ content: [{ ...interview2021, id: null }, 'x', interview2023] });
    expect(list.skipped).toBe(2);
    expect(list.interviews.map((each) => each.interviewId)).toEqual([interviewId]);
  });

  it('shows UTC for a zone that does not exist', () => {
    const reading = readInterviewItem({ ...interview2021, timezone: 'Mars/Base' });
    expect(reading).toMatchObject({ interview: { timezone: 'UTC' } });
  });

  it.each([[null], [{}], [{ content: {} }], [[]]])('refuses the envelope %j', (body) => {
    expect(() => readInterviews(body)).toThrow(expect.objectContaining({ kind: 'contract' }));
  });
});

describe('times', () => {
  it.each([
    ['2026-03-29T01:30:00.000Z', Date.UTC(2026, 2, 29, 1, 30)],
    ['2026-03-29T03:30:00.000+02:00', Date.UTC(2026, 2, 29, 1, 30)],
    ['2026-03-29T03:30:00+0200', Date.UTC(2026, 2, 29, 1, 30)],
    ['2026-03-28T20:30:00-05', Date.UTC(2026, 2, 29, 1, 30)],
    ['2026-03-29T01:30Z', Date.UTC(2026, 2, 29, 1, 30)],
    ['2026-03-29T01:30:00.123456Z', Date.UTC(2026, 2, 29, 1, 30, 0, 123)],
  ])('reads %s', (text, at) => {
    expect(instantOf(text)).toBe(at);
  });

  it.each(['2026-03-29', '2026-03-29T01:30:00', '2026-13-29T01:30:00Z', '1774747800000', ''])(
    'refuses %s',
    (text) => {
      expect(instantOf(text)).toBeNull();
    },
  );
});

describe('jobs', () => {
  it('reads a page and skips what it cannot read', () => {
    const page = readJobPage({
      limit: 100,
      offset: 0,
      nextPageId: 'a/b+c=',
      totalFound: 3,
      content: [
        job,
        { ...job, id: 7 },
        { ...job, title: '' },
        { id: jobId, title: 'Bare', status: 'OTHER' },
      ],
    });
    expect(page).toMatchObject({ nextPageId: 'a/b+c=', total: 3, skipped: 2 });
    expect(page.items).toEqual([
      {
        jobId,
        title: 'Engineer',
        refNumber: 'REF1',
        department: 'R&D',
        location: 'Kraków, Poland',
        status: 'SOURCING',
        open: true,
        confidential: false,
        updatedAt: Date.UTC(2021, 8, 2, 8),
        lastActivityAt: Date.UTC(2021, 8, 3, 8),
      },
      {
        jobId,
        title: 'Bare',
        refNumber: null,
        department: null,
        location: null,
        status: 'OTHER',
        open: false,
        confidential: false,
        updatedAt: null,
        lastActivityAt: null,
      },
    ]);
  });

  it.each([
    ['PRIVATE', true],
    ['private', true],
    ['PUBLIC', false],
    ['NOT_PUBLISHED', false],
    [null, false],
    [undefined, false],
  ])('takes a job that is published as %j for confidential: %s', (postingStatus, confidential) => {
    expect(readJob({ ...job, postingStatus })).toMatchObject({ confidential });
  });

  it('takes nulls, wrong optional fields and remote places', () => {
    const read = readJob({
      ...job,
      department: 'R&D',
      refNumber: 12,
      location: { remote: true },
      lastActivityOn: null,
      status: 'ON_HOLD',
    });
    expect(read).toMatchObject({
      department: null,
      refNumber: null,
      location: 'Remote',
      lastActivityAt: null,
      open: false,
    });
  });

  it.each([[{}], [{ content: null }], ['text'], [{ content: [], nextPageId: 5 }]])(
    'refuses the envelope %j',
    (body) => {
      expect(() => readJobPage(body)).toThrow(expect.objectContaining({ kind: 'contract' }));
    },
  );
});

describe('candidates and applications', () => {
  const candidate = {
    id: candidateId,
    internal: false,
    firstName: 'Ada',
    lastName: 'Lovelace',
    email: 'ada@example.com',
    updatedOn: '2021-09-02T08:00:00.000Z',
    primaryAssignment: {
      job: { id: jobId, title: 'Engineer' },
      status: 'INTERVIEW',
      subStatus: null,
    },
    secondaryAssignments: [{ job: { id: 'other-job' } }, { job: null }],
  };

  it('reads assignments and leaves people out of a listing', () => {
    const page = readCandidatePage({ content: [candidate], totalFound: 1 });
    expect(page.items).toEqual([
      {
        candidateId,
        primary: { jobId, status: 'INTERVIEW' },
        secondaryJobIds: ['other-job'],
        updatedAt: Date.UTC(2021, 8, 2, 8),
      },
    ]);
    expect(JSON.stringify(page)).not.toMatch(/Ada|Lovelace|example\.com/);
  });

  it('reads a candidate without assignments', () => {
    const page = readCandidatePage({ content: [{ id: candidateId }] });
    expect(page.items).toMatchObject([{ primary: null, secondaryJobIds: [] }]);
  });

  it('reads name and e-mail of one candidate', () => {
    expect(readCandidate(candidate)).toEqual({
      candidateId,
      email: 'ada@example.com',
      firstName: 'Ada',
    });
    expect(readCandidate({ id: candidateId, email: null, firstName: '' })).toMatchObject({
      email: null,
      firstName: null,
    });
  });

  it('reads an application with the id of 2026 and without the one of 2021', () => {
    const of2021 = { status: 'NEW', subStatus: null, actions: {} };
    expect(readApplication({ candidateId, jobId, body: of2021 }).applicationId).toBeNull();
    const of2026 = { ...of2021, applicationId: 'd0d1d2d3-0000-4000-8000-000000000000' };
    expect(readApplication({ candidateId, jobId, body: of2026 })).toMatchObject({
      applicationId: 'd0d1d2d3-0000-4000-8000-000000000000',
      status: 'NEW',
    });
  });

  it('reads a job application by id', () => {
    const body = {
      status: 'OFFERED',
      profileId: candidateId,
      jobId,
      createDate: '2021-09-02T08:00:00Z',
    };
    expect(readJobApplication({ applicationId: 'a', body })).toEqual({
      applicationId: 'a',
      candidateId,
      jobId,
      status: 'OFFERED',
    });
  });
});

describe('users and types', () => {
  it('reads users with a role of only an id', () => {
    const user = {
      id: userId,
      email: 'u@example.com',
      firstName: 'U',
      lastName: 'V',
      systemRole: { id: 'ADMINISTRATOR' },
      active: false,
    };
    expect(readUserPage({ limit: 100, nextPageId: '', content: [user, {}] })).toEqual({
      items: [{ userId, email: 'u@example.com', firstName: 'U', active: false }],
      nextPageId: null,
      total: null,
      skipped: 1,
    });
    expect(readUser({ ...user, active: true })).toMatchObject({ active: true });
  });

  it('drops what cannot be an address instead of cutting it', () => {
    const email = `${'a'.repeat(320)}@example.com`;
    expect(readUser({ id: userId, email }).email).toBeNull();
  });

  it('reads interview types as a bare array', () => {
    expect(readInterviewTypes(['Phone', null, '', 'Onsite'])).toEqual(['Phone', 'Onsite']);
    expect(() => readInterviewTypes({ content: [] })).toThrow(
      expect.objectContaining({ kind: 'contract' }),
    );
  });
});

describe('ids', () => {
  it.each(['..', '.', '', 'a/b', 'a?b', 'a b', 'x'.repeat(129)])(
    'refuses %j in a path',
    (value) => {
      expect(isVendorId(value)).toBe(false);
    },
  );
});

it('a refused body does not show up in the error', () => {
  const body = { id: 'secret/person', title: 'Confidential' };
  expect(() => readJob(body)).toThrow(
    expect.objectContaining({ message: 'SmartRecruiters jobs.get: contract (unknown_shape)' }),
  );
});
