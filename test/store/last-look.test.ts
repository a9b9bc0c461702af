import { createJoinActivities } from '../../activities/join-interview.js';
import { ensureFixedRows } from '../../activities/watching/work-list.js';
import { vendorFailure } from '../support/activity-deps.js';
import { createStage, minute, type Stage, vendorInterview } from './stage.js';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  await stage.install();
  await stage.addRole('job-1');
});

afterEach(() => stage.close());

const vendorHas = (one: ReturnType<typeof vendorInterview>) =>
  stage.deps.company.interviews.set(one.interviewId, one);

describe('a last look', () => {
  const look = () =>
    stage.deps.run(() => createJoinActivities(stage.deps).lastLook(stage.session('one')));

  beforeEach(async () => {
    await stage.addInterview(vendorInterview('one'));
    vendorHas(vendorInterview('one'));
    await ensureFixedRows(stage.deps.collections, stage.life);
  });

  it('lets the bot go when the interview still stands', async () => {
    expect(await look()).toMatchObject({ verdict: 'join', code: 'will_join', isClear: true });
  });

  it('says that a known gate of the meeting may keep the bot out', async () => {
    vendorHas(vendorInterview('one', { place: 'https://zoom.us/w/81234567890' }));
    expect(await look()).toMatchObject({ verdict: 'join', isClear: false });
  });

  it('does not take a no of people for a way that is clear', async () => {
    await stage.deps.collections.roles.updateMany({}, { $set: { enabled: false } });
    expect(await look()).toMatchObject({ verdict: 'skip', code: 'role_off', isClear: false });
  });

  it('sees at once that it was moved', async () => {
    const startsAt = Date.now() + 90 * minute;
    vendorHas(vendorInterview('one', { startsAt }));
    expect(await look()).toMatchObject({ verdict: 'join', session: { startsAt } });
    expect(stage.deps.workflows.told.at(-1)?.desired.sessions).toMatchObject([{ startsAt }]);
  });

  it('that finds nothing keeps the bot out and cancels nothing', async () => {
    stage.deps.company.interviews.delete('one');
    expect(await look()).toMatchObject({ verdict: 'skip', code: 'not_found' });
    expect((await stage.interview('one')).goneAt).toBeNull();
  });

  it.each([
    ['auth', 401],
    ['scope', 403],
  ] as const)('that is refused (%s) is a no', async (kind, status) => {
    stage.deps.company.interviews.set('one', vendorFailure(kind, status));
    expect(await look()).toMatchObject({ verdict: 'skip', code: 'access_withdrawn' });
    const code = kind === 'auth' ? 'credentials_rejected' : 'scope_missing';
    expect(stage.deps.workflows.attentions).toEqual([{ code, open: true }]);
  });

  it.each(['unavailable', 'throttled'] as const)(
    'trusts what is known and fresh when the vendor is away (%s)',
    async (kind) => {
      stage.deps.company.interviews.set('one', vendorFailure(kind));
      await stage.deps.collections.interviews.updateOne(
        { interviewId: 'one' },
        { $set: { lastReadAt: Date.now() } },
      );

      expect(await look()).toMatchObject({ verdict: 'join', code: 'will_join' });
    },
  );

  it('does not trust what is known and old', async () => {
    stage.deps.company.interviews.set('one', vendorFailure('unavailable', 500));

    await stage.deps.collections.interviews.updateOne(
      { interviewId: 'one' },
      { $set: { lastReadAt: Date.now() - 31 * minute } },
    );
    expect(await look()).toMatchObject({ verdict: 'skip', code: 'vendor_unreachable' });
  });

  it('trusts nothing when the settings say so', async () => {
    stage.deps.company.interviews.set('one', vendorFailure('unavailable', 500));
    await stage.deps.collections.installations.updateOne(
      { _id: stage.life.orgId },
      { $set: { 'settings.joining.whenUnreachable': 'skip' } },
    );

    expect(await look()).toMatchObject({ verdict: 'skip', code: 'vendor_unreachable' });
  });

  it('waits when the interview cannot be read', async () => {
    stage.deps.company.interviews.set('one', 'unreadable');
    expect(await look()).toMatchObject({ verdict: 'wait', code: 'unreadable' });
  });
});
