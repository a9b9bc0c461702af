import { reconcileInterview } from '../../activities/interviews/reconcile.js';
import { storeReading } from '../../activities/interviews/store-reading.js';
import { createJoinActivities } from '../../activities/join-interview.js';
import type { VendorInterview } from '../../activities/smartrecruiters/vendor-types.js';
import type { JoinSession } from '../../workflows/contracts/join-interview.js';
import { mergeDesired } from '../../workflows/state/join-plan.js';
import { applicationIdOf, createStage, minute, type Stage, vendorInterview } from './stage.js';

let stage: Stage;
let join: ReturnType<typeof createJoinActivities>;
const now = Date.now();

beforeEach(async () => {
  stage = await createStage();
  join = createJoinActivities(stage.deps);
  await stage.install();
  await stage.addRole('job-1');
});

afterEach(() => stage.close());

/** An interview of timeslots in one room; minutes from now. */
function panel(...slots: [id: string, from: number, until: number][]): VendorInterview {
  const interview = vendorInterview('panel');
  const [one] = interview.timeslots;
  if (one === undefined) throw new Error('no timeslot');
  const timeslots = slots.map(([timeslotId, from, until]) => ({
    ...one,
    ...{ timeslotId, startsAt: now + from * minute, endsAt: now + until * minute },
  }));
  return { ...interview, timeslots };
}

let readSeq = 1;
async function read(interview: VendorInterview) {
  const applicant = { candidateId: 'candidate-1', jobId: 'job-1' };
  readSeq += 1;
  const { doc, changed } = await storeReading(stage.deps, {
    ...stage.life,
    ...{ applicationId: applicationIdOf(applicant), candidateId: applicant.candidateId },
    ...{ interview, readSeq, readAt: Date.now(), watched: true, excluded: false },
  });
  if (changed) await reconcileInterview(stage.deps, { ...stage.life, interviewId: 'panel' });
  return doc;
}

const planOf = async () =>
  (await stage.interview('panel')).plan.map(({ sessionId, timeslotIds }) => [
    sessionId,
    ...(timeslotIds ?? []),
  ]);

async function end(change: Partial<JoinSession>): Promise<void> {
  const { desired } = stage.deps.workflows.told.at(-1) ?? {};
  if (desired === undefined) throw new Error('no join was told');
  const at = { now, times: stage.deps.times };
  const [first] = mergeDesired({ interviewId: 'panel', sessions: [], desired, ...at });
  if (first === undefined) throw new Error('no session');
  const session: JoinSession = { ...first, state: 'ended', outcomeAt: now, ...change };
  const { orgId, generation } = stage.life;
  await join.recordSession({
    ...{ orgId, generation, interviewId: 'panel', sessionId: session.sessionId },
    ...{ event: session.outcome, session },
  });
}

const told = () =>
  stage.deps.workflows.told.at(-1)?.desired.sessions.map(({ sessionId }) => sessionId);

describe('a panel of two timeslots in one room', () => {
  const two = () => panel(['slot-1', -5, 10], ['slot-2', 15, 45]);

  beforeEach(async () => {
    await stage.addInterview(two());
    await reconcileInterview(stage.deps, { ...stage.life, interviewId: 'panel' });
  });

  it('has one bot', async () => {
    expect(await planOf()).toEqual([['slot-1', 'slot-1', 'slot-2']]);
    expect(told()).toEqual(['slot-1']);
  });

  it('has another bot for the second when the first one has left before', async () => {
    await end({ outcome: 'captured', reason: 'everyone_left' });
    const parted = [
      ['slot-1', 'slot-1'],
      ['slot-2', 'slot-2'],
    ];
    expect(await planOf()).toEqual(parted);
    expect(told()).toEqual(['slot-1', 'slot-2']);
    const { plan } = await stage.interview('panel');
    expect(plan[1]).toMatchObject({ startsAt: now + 15 * minute, roomKey: plan[0]?.roomKey });
    // The next reading plans alike, and finds nothing to say.
    const before = stage.deps.workflows.told.length;
    await read(two());
    expect(await planOf()).toEqual(parted);
    expect(stage.deps.workflows.told).toHaveLength(before);
  });

  it('says once that it ended, though its join could not be told at first', async () => {
    const tellJoin = stage.deps.workflows.tellJoin.bind(stage.deps.workflows);
    stage.deps.workflows.tellJoin = async () => {
      throw new Error('Temporal is away');
    };
    await expect(end({ outcome: 'captured', reason: null })).rejects.toThrow('Temporal is away');
    stage.deps.workflows.tellJoin = tellJoin;
    await end({ outcome: 'captured', reason: null });
    const { timeline } = await stage.interview('panel');
    expect(timeline.filter(({ kind }) => kind === 'captured')).toHaveLength(1);
    expect(told()).toEqual(['slot-1', 'slot-2']);
  });

  it.each(['removed_by_participant', 'request_to_join_denied', 'evicted'])(
    'has no other bot after people sent the first one away: %s',
    async (reason) => {
      await end({ outcome: 'missed', reason });
      await read(two());
      expect(await planOf()).toEqual([['slot-1', 'slot-1', 'slot-2']]);
    },
  );

  it('has another bot for a timeslot that is added behind an outcome', async () => {
    await end({ outcome: 'captured', reason: 'removed_by_participant' });
    await read(panel(['slot-1', -5, 10], ['slot-2', 15, 45], ['slot-0', 50, 70]));
    expect(await planOf()).toEqual([
      ['slot-1', 'slot-1', 'slot-2'],
      ['slot-0', 'slot-0'],
    ]);
    expect(told()).toEqual(['slot-1', 'slot-0']);
  });

  it('keeps its session when the first is deleted, or one with a smaller id is added', async () => {
    await read(panel(['slot-2', 15, 45]));
    expect(await planOf()).toEqual([['slot-1', 'slot-2']]);
    await read(panel(['slot-0', 0, 10], ['slot-2', 15, 45]));
    expect(await planOf()).toEqual([['slot-1', 'slot-0', 'slot-2']]);
  });

  it('is planned alike by a document of an earlier release', async () => {
    await stage.deps.collections.interviews.collection.updateOne(
      { interviewId: 'panel' },
      { $unset: { 'plan.0.timeslotIds': '' } },
    );
    await end({ outcome: 'captured', reason: null });
    const parted = [
      ['slot-1', 'slot-1'],
      ['slot-2', 'slot-2'],
    ];
    expect(await planOf()).toEqual(parted);
    await read(two());
    expect(await planOf()).toEqual(parted);
  });
});
