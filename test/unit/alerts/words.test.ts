import fc from 'fast-check';
import { alertWords, wordedHere } from '../../../activities/alerts/words.js';
import type { AlertKind } from '../../../common/read-model/documents.js';
import { knownReasons } from '../../../workflows/contracts/reason-words.js';

const kinds: AlertKind[] = ['missing', 'preflight', 'lobby', 'finding'];
const codeLike = /[a-z]_[a-z]/;

describe('the words of an alert', () => {
  it.each([...new Set([...wordedHere, ...knownReasons])])(
    'say in plain words what %s is',
    (reason) => {
      for (const kind of kinds) {
        const { title, whatHappened, whatToDo } = alertWords({ kind, reason });
        for (const text of [title, whatHappened, whatToDo]) {
          expect(text).not.toMatch(codeLike);
          expect(text.length).toBeGreaterThan(10);
        }
      }
    },
  );

  it('have something to say about any other reason, on one line', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.constantFrom(...kinds), (reason, kind) => {
        const { whatHappened, whatToDo } = alertWords({ kind, reason });
        expect(`${whatHappened}${whatToDo}`).not.toMatch(/[\r\n<>]/);
        expect(whatHappened.length).toBeGreaterThan(10);
      }),
    );
  });
});
