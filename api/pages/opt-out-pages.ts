import type { LinkPage } from './link-page.js';

/** The address itself with the answer that its button gives. */
const answering = (answer: 'out' | 'in') => `?answer=${answer}`;

/** What is shown before anything is changed; `isOut` is what holds now. */
export function optOutAskPage({ isOut }: { isOut: boolean }): LinkPage {
  return isOut
    ? {
        title: 'The notetaker stays out of your interviews',
        paragraphs: [
          'You asked for that. If you let it in again, your organization’s rules decide.',
        ],
        button: { label: 'Let it in again', action: answering('in') },
      }
    : {
        title: 'Keep the notetaker out of all your interviews?',
        paragraphs: [
          'It then joins none of the interviews in which you take part, now or later. The interviews themselves go on as planned, and you can change your mind on this page.',
        ],
        button: { label: 'Keep it out', action: answering('out') },
      };
}

/** What is shown afterwards, with the way back. */
export function optOutDonePage({ isOut }: { isOut: boolean }): LinkPage {
  return isOut
    ? {
        title: 'The notetaker stays out of your interviews',
        paragraphs: [
          'It joins none of them from now on. Where it is there already, it leaves within minutes.',
        ],
        button: { label: 'Undo', action: answering('in') },
      }
    : {
        title: 'The notetaker may join your interviews again',
        paragraphs: ['Your organization’s rules decide which ones.'],
        button: { label: 'Keep it out', action: answering('out') },
      };
}

/** Unknown, changed or expired: all look the same. */
export const optOutGonePage: LinkPage = {
  title: 'This link no longer works',
  paragraphs: ['Use the link of a newer e-mail about an interview of yours.'],
  button: null,
};
