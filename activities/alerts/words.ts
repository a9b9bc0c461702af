import type { AlertKind } from '../../common/read-model/documents.js';
import { reasonWords } from '../../workflows/contracts/reason-words.js';

/** What people read of an alert. */
export interface AlertWords {
  title: string;
  whatHappened: string;
  whatToDo: string;
}

const titles: Record<AlertKind, string> = {
  missing: 'The notetaker is not in the interview',
  preflight: 'The notetaker may not get into an interview',
  lobby: 'The notetaker is waiting to be let in',
  finding: 'Something needs a look',
};

/** What only alerts say: gates of a link, where a bot is, what the auditor found. */
const reasons: Record<string, readonly [whatHappened: string, whatToDo: string]> = {
  lobby_waiting: [
    'It waits in the waiting room or lobby of the meeting.',
    'Ask somebody in the meeting to admit it.',
  ],
  bot_on_its_way: [
    'It was sent and is on its way into the meeting, but is not there yet.',
    'Look into the waiting room of the meeting; it may be waiting there. If it does not come, use “Send it now”.',
  ],
  bot_ended: [
    'It was sent, but it is no longer in the meeting.',
    'Use “Send it now” to send it again.',
  ],
  provider_unreachable: [
    'The service that runs the notetaker does not answer, so nobody can say where it is.',
    'Look whether it is in the meeting. If not, use “Send it now” in a minute or two.',
  ],
  not_requested: ['It was not sent in time.', 'Use “Send it now” to send it at once.'],
  room_busy: [
    'Another interview still has the notetaker in this meeting room.',
    'Give one of the two interviews a meeting link of its own, or wait until the other one has ended.',
  ],

  no_link: [
    'The interview has no meeting link that a notetaker could use.',
    'Put the meeting link into the interview in SmartRecruiters, or set it by hand on the settings page.',
  ],
  link_unreadable: [
    'The meeting link of the interview can no longer be read.',
    'Put the meeting link into the interview in SmartRecruiters again.',
  ],
  sign_in_only: [
    'The meeting lets in only people who are signed in, and the notetaker is not.',
    'Allow guests in the settings of the meeting, or admit the notetaker by hand.',
  ],
  registration: [
    'The meeting asks everybody to register first, which a notetaker cannot do.',
    'Turn registration off for this meeting, or use another link.',
  ],
  webinar: [
    'The link is one of a webinar or live event, where a notetaker is only a listener.',
    'Use an ordinary meeting for the interview.',
  ],
  no_passcode: [
    'The meeting needs a passcode, and the link does not hold it.',
    'Copy the whole invitation link, passcode included, into the interview.',
  ],
  closed_service: [
    'The meeting service of the link no longer exists.',
    'Use another meeting service for the interview.',
  ],

  orphan_bot: [
    'A notetaker was found that no interview had asked for; it was taken out.',
    'Nothing, unless it happens again; then tell Pillar.',
  ],
  watch_not_running: [
    'Nobody was watching the interviews of this organization. Watching was started again.',
    'Look whether the interviews of today are listed; tell Pillar if it happens again.',
  ],
  watch_silent: [
    'The interviews of this organization were not read for a long time. They are being read again.',
    'Look whether the interviews of today are listed and whether SmartRecruiters works.',
  ],
  watch_refused: [
    'SmartRecruiters has not accepted our access for a long time, so interviews are not read.',
    'Check the connection on the settings page and paste the credential again if it asks for it.',
  ],
  notice_owed: [
    'Notices to people of coming interviews were due and had not gone out. They were asked for again.',
    'Look at the interviews whose decision says that the notice is pending.',
  ],
  fenced_bot: [
    'A notetaker was taken out of a meeting because Pillar’s engineers have stopped the notetaker for now.',
    'Take notes by hand; Pillar tells you when it works again.',
  ],
};

/** In plain words what happened and what to do about it, for every reason there can be. */
export function alertWords(input: { kind: AlertKind; reason: string }): AlertWords {
  const { kind, reason } = input;
  const title = titles[kind];
  const own = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
  if (own !== undefined) return { title, whatHappened: own[0], whatToDo: own[1] };
  const { sentence, remedy } = reasonWords(reason);
  return { title, whatHappened: sentence, whatToDo: remedy ?? withoutRemedy[kind] };
}

const withoutRemedy: Record<AlertKind, string> = {
  missing: 'Look into the meeting; if the notetaker is not there, use “Send it now”.',
  preflight: 'Nothing has to be done if the notetaker is not needed there.',
  lobby: 'Ask somebody in the meeting to admit it.',
  finding: 'Nothing has to be done.',
};

/** Reasons that have words of their own here; any other has those of a session's outcome. */
export const wordedHere: readonly string[] = Object.keys(reasons);
