import type { LinkAction } from '../../common/signed-links.js';
import type { LinkPage } from './link-page.js';

interface ActionWords {
  asks: string;
  explains: string;
  button: string;
  done: string;
  after: string;
}

const words: Record<LinkAction, ActionWords> = {
  send_now: {
    asks: 'Send the notetaker to this interview?',
    explains: 'It joins as soon as it can. A candidate who declined stays unrecorded.',
    button: 'Send it now',
    done: 'The notetaker is on its way',
    after:
      'It joins as soon as it can. If it waits outside, somebody in the meeting has to let it in.',
  },
  skip: {
    asks: 'Keep the notetaker out of this interview?',
    explains: 'It does not join, or leaves if it is there already. The interview itself goes on.',
    button: 'Keep it out',
    done: 'The notetaker stays out',
    after: 'It does not join this interview; if it was there already, it is leaving.',
  },
  not_this_one: {
    asks: 'Keep the notetaker out of this interview?',
    explains: 'It does not join, or leaves if it is there already. The interview itself goes on.',
    button: 'Not this one',
    done: 'The notetaker stays out of this interview',
    after: 'It does not join this interview; your other interviews are as they were.',
  },
  undo: {
    asks: 'Take back what was chosen for this interview?',
    explains: 'The rules of your organization decide again whether the notetaker joins.',
    button: 'Undo',
    done: 'It was taken back',
    after: 'The rules of your organization decide again whether the notetaker joins.',
  },
};

/** What is shown before anything is changed: a mail program that follows links must change nothing. */
export function askPage(action: LinkAction): LinkPage {
  const { asks, explains, button } = words[action];
  return { title: asks, paragraphs: [explains], button: { label: button, action: null } };
}

/** What is shown afterwards, with a way back; `undoAction` null: there is nothing to take back. */
export function donePage(action: LinkAction, undoAction: string | null): LinkPage {
  const { done, after } = words[action];
  const button = undoAction === null ? null : { label: 'Undo', action: undoAction };
  return { title: done, paragraphs: [after], button };
}

/** It was asked for, and something that stands above that keeps it out. */
export function heldBackPage(explanation: string, undoAction: string): LinkPage {
  return {
    title: 'The notetaker was asked for, but cannot join yet',
    paragraphs: [explanation, 'What you chose is kept: if this changes in time, it joins.'],
    button: { label: 'Undo', action: undoAction },
  };
}

/** Unknown, expired, changed, or of an interview that is no longer there: all look the same. */
export const gonePage: LinkPage = {
  title: 'This link no longer works',
  paragraphs: [
    'It may have expired, or the interview may be over or no longer exist.',
    'You can still choose for an interview on the settings page, or ask the person who manages interviews in your organization.',
  ],
  button: null,
};

export const busyPage: LinkPage = {
  title: 'That did not work yet',
  paragraphs: ['Nothing was changed. Please try again in a minute.'],
  button: { label: 'Try again', action: null },
};

export const acceptedPage: LinkPage = {
  title: 'We are on it',
  paragraphs: ['Your choice was taken and is being carried out.'],
  button: null,
};
