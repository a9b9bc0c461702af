import { hashesOf, sortOut } from '../../../activities/webhooks/own-subscriptions.js';
import { callbackUrlOf, subscriptionKeyHash } from '../../../common/vendor-event.js';

const publicUrl = 'https://pillar.test';
const keys = ['a', 'b', 'c'].map((letter) => letter.repeat(43));
const [mineKey = '', neighbourKey = '', lostKey = ''] = keys;

function listed(subscriptionId: string, key: string, at = publicUrl) {
  const callbackUrl = callbackUrlOf({ publicUrl: at, key });
  return { subscriptionId, callbackUrl, status: 'active', events: [] };
}

const stranger = {
  subscriptionId: 'stranger',
  callbackUrl: 'https://elsewhere.test/hooks',
  status: 'active',
  events: [],
};

function sorted(subscriptions: ReturnType<typeof listed>[], known: string[] = [mineKey]) {
  const { mine, strays } = sortOut({
    listed: subscriptions,
    publicUrl,
    keyHash: subscriptionKeyHash(mineKey),
    subscriptionId: 'mine',
    knownHashes: new Set(known.map(subscriptionKeyHash)),
  });
  return [mine?.subscriptionId ?? null, strays.map((one) => one.subscriptionId)];
}

describe('among the subscriptions of a credential', () => {
  it('the life’s own is known by the hash of its key', () => {
    expect(sorted([stranger, listed('other-id', mineKey)])).toEqual(['other-id', []]);
  });

  it('those of somebody else and of another organization stay', () => {
    const neighbour = listed('neighbour', neighbourKey);
    expect(sorted([stranger, neighbour], [mineKey, neighbourKey])).toEqual([null, []]);
  });

  it('one at our address that nobody knows any more goes', () => {
    expect(sorted([listed('mine', mineKey), listed('lost', lostKey)])).toEqual(['mine', ['lost']]);
  });

  it('of two with one key the stored one stays', () => {
    const both = [listed('twin', mineKey), listed('mine', mineKey)];
    expect(sorted(both)).toEqual(['mine', ['twin']]);
  });

  it('one that still leads to an old address of ours goes, a foreign one there stays', () => {
    const old = 'https://old.test';
    const both = [listed('mine', mineKey, old), listed('foreign', lostKey, old)];
    expect(sorted(both)).toEqual([null, ['mine']]);
  });

  it('only ours have a hash', () => {
    expect(hashesOf({ publicUrl, listed: [stranger, listed('mine', mineKey)] })).toEqual([
      subscriptionKeyHash(mineKey),
    ]);
  });
});
