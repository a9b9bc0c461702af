import fc from 'fast-check';
import { messageIdFor } from '../../../activities/mail/message-id.js';

describe('the Message-ID of a notification', () => {
  const domain = 'pillar.example';

  it('is the same for the same key and another one for another key', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const same = messageIdFor({ key: one, domain }) === messageIdFor({ key: other, domain });
        expect(same).toBe(one === other);
      }),
    );
  });

  it('is well formed whatever the key contains', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        expect(messageIdFor({ key, domain })).toMatch(/^<[0-9a-f]{40}@pillar\.example>$/);
      }),
    );
  });

  it.each(['', 'a b', 'x>\r\nBcc: a@b.example', 'a@b', '.example'])(
    'refuses the domain %j',
    (bad) => {
      expect(() => messageIdFor({ key: 'k', domain: bad })).toThrow(TypeError);
    },
  );
});
