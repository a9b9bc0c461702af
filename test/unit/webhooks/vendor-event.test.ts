import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  callbackUrlOf,
  keyOfCallback,
  readVendorEvent,
  subscriptionKeyPattern,
  vendorEventNames,
} from '../../../common/vendor-event.js';

const now = 1_800_000_000_000;

function read(eventName: string, body: unknown, eventId = 'event-1') {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return readVendorEvent({
    orgId: 'acme',
    generation: 'life-1',
    eventId,
    eventName,
    body: bytes,
    now,
  });
}

const none = { interviewId: null, applicationId: null, candidateId: null, jobId: null };

describe('an event of the vendor', () => {
  it('is kept by its ids alone, under its own id, for two days', () => {
    const body = {
      interview_id: 'int-1',
      application_id: 'app-1',
      candidate_id: 'cand-1',
      company_id: 'company',
      email: 'ada@example.com',
    };
    expect(read('interview.created', body)).toEqual({
      kind: 'event',
      event: {
        _id: 'acme/life-1/event-1',
        orgId: 'acme',
        generation: 'life-1',
        eventId: 'event-1',
        eventName: 'interview.created',
        interviewId: 'int-1',
        applicationId: 'app-1',
        candidateId: 'cand-1',
        jobId: null,
        receivedAt: now,
        followedAt: null,
        retryAt: null,
        expiresAt: new Date(now + 48 * 3_600_000),
      },
    });
  });

  it.each([
    ['job.status.updated', { id: 'job-1' }, { jobId: 'job-1' }],
    ['candidate.deleted', { id: 'cand-1' }, { candidateId: 'cand-1' }],
    [
      'application.created',
      { job_id: 'job-1', candidate_id: 'cand-1', application_id: 'app-1' },
      { jobId: 'job-1', candidateId: 'cand-1', applicationId: 'app-1' },
    ],
  ])('%s names its subject in its own way', (eventName, body, ids) => {
    expect(read(eventName, body)).toMatchObject({ kind: 'event', event: { ...none, ...ids } });
  });

  it.each<[string, unknown]>([
    ['not JSON', Buffer.from('{')],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['no object', [1]],
    ['null', null],
    ['no id', {}],
    [
      'ids that cannot be ids',
      { interview_id: 7, application_id: { $ne: null }, candidate_id: '../x' },
    ],
  ])('with a body that is %s is unreadable', (_name, body) => {
    expect(read('interview.updated', body)).toEqual({ kind: 'unreadable' });
  });

  it.each(['', ' ', 'two words', 'x'.repeat(201), 'line\nbreak'])(
    'with the event id %j is unreadable',
    (eventId) => {
      expect(read('interview.updated', { interview_id: 'int-1' }, eventId)).toEqual({
        kind: 'unreadable',
      });
    },
  );

  it.each(['', 'offer.created', 'interview.cancelled', 'application.fields.updated', 'toString'])(
    'that nobody asked for (%j) is ignored',
    (eventName) => {
      expect(read(eventName, { id: 'x' })).toEqual({ kind: 'ignored' });
    },
  );

  it('holds nothing but ids, whatever its body is', () => {
    const key = fc.constantFrom('id', 'interview_id', 'application_id', 'candidate_id', 'job_id');
    fc.assert(
      fc.property(
        fc.constantFrom(...vendorEventNames),
        fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.string())),
        (eventName, body) => {
          const result = read(eventName, body);
          if (result.kind !== 'event') return;
          const { interviewId, applicationId, candidateId, jobId } = result.event;
          for (const id of [interviewId, applicationId, candidateId, jobId]) {
            expect(id === null || /^[\w.~-]{1,200}$/.test(id)).toBe(true);
          }
        },
      ),
      { numRuns: 300, seed: 20_261_124 },
    );
  });
});

describe('the address of a callback', () => {
  const publicUrl = 'https://pillar.test/base';
  const key = randomBytes(32).toString('base64url');

  it('ends with a key of 256 bits', () => {
    expect(key).toMatch(subscriptionKeyPattern);
    const callbackUrl = callbackUrlOf({ publicUrl, key });
    expect(callbackUrl).toBe(`${publicUrl}/v1/webhooks/smartrecruiters/${key}`);
    expect(keyOfCallback({ publicUrl, callbackUrl })).toEqual({ key, isHere: true });
  });

  it('is known again under another address of ours', () => {
    const callbackUrl = callbackUrlOf({ publicUrl: 'https://old.test', key });
    expect(keyOfCallback({ publicUrl, callbackUrl })).toEqual({ key, isHere: false });
  });

  it.each([
    'https://elsewhere.test/hooks/1',
    'https://pillar.test/base/v1/webhooks/smartrecruiters/',
    'https://pillar.test/base/v1/webhooks/smartrecruiters/short',
    'not a url',
  ])('of somebody else (%s) has no key of ours', (callbackUrl) => {
    expect(keyOfCallback({ publicUrl, callbackUrl })).toBeNull();
  });
});
