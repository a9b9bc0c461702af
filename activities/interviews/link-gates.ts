import { takeApart } from './meeting-link-parts.js';
import type { LinkParts } from './meeting-link-shapes.js';
import { isTeamsHost } from './meeting-link-teams.js';
import { unwrapLink } from './meeting-link-wrappers.js';
import { isZoomHost } from './meeting-link-zoom.js';

/**
 * - `webinar`: guests are an audience; whether the notetaker is let in and hears, the host decides
 * - `no_passcode`: the link lacks the passcode that meetings of its kind have
 * - `sign_in_only`: nobody comes in without an account of the organization or of the service
 * - `registration`: each guest has to register and gets a link of their own
 * - `closed_service`: the service has ended
 */
export type LinkGate =
  | 'webinar'
  | 'no_passcode'
  | 'sign_in_only'
  | 'registration'
  | 'closed_service';

type GateRule = (parts: LinkParts) => LinkGate[] | null;

const rules: GateRule[] = [
  zoomGates,
  googleMeetGates,
  teamsGates,
  teamsEventGates,
  webexGates,
  goToGates,
  closedGates,
];

/**
 * What can be told from a link alone, without the network, about what may keep a notetaker out: for
 * the look that is taken at an interview before it begins. Reads canonical links, links as people
 * write them and wrapped ones, also those that are no rooms (a page to register on). From the
 * services' public help pages; a link without gates promises nothing, as a host can close any room.
 */
export function linkGates(url: string): readonly LinkGate[] {
  const written = takeApart(url.trim());
  const inner = written === null ? null : unwrapLink(written);
  const parts = inner === null ? written : takeApart(inner);
  if (parts === null) {
    return [];
  }
  for (const rule of rules) {
    const gates = rule(parts);
    if (gates !== null) {
      return gates;
    }
  }
  return [];
}

/** A Zoom meeting without a passcode may have a waiting room instead, so its absence says nothing. */
function zoomGates({ host, segments: [first, second] }: LinkParts): LinkGate[] | null {
  if (!isZoomHost(host)) {
    return null;
  }
  if (host.startsWith('events.') || host.startsWith('ev.')) {
    return ['registration'];
  }
  if (second === 'register') {
    return first === 'webinar' ? ['webinar', 'registration'] : ['registration'];
  }
  return first === 'w' ? ['webinar'] : [];
}

function googleMeetGates({ host, segments: [first] }: LinkParts): LinkGate[] | null {
  if (host === 'stream.meet.google.com') {
    return ['sign_in_only'];
  }
  if (host !== 'meet.google.com') {
    return null;
  }
  const isCode = /^(?:_meet|[a-z]{3}-[a-z]{4}-[a-z]{3})$/i.test(first ?? '');
  return isCode || first === undefined ? [] : ['sign_in_only'];
}

function teamsGates({ host, segments, query }: LinkParts): LinkGate[] | null {
  if (!isTeamsHost(host)) {
    return null;
  }
  const [first, second] = segments;
  if (first === 'meet') {
    return (query.get('p') ?? '') === '' ? ['no_passcode'] : [];
  }
  if (first === 'l' && second === 'meetup-join') {
    return /"IsBroadcastMeeting"\s*:\s*true/i.test(query.get('context') ?? '') ? ['webinar'] : [];
  }
  return first === 'l' && /^(?:channel|chat|message|team)$/.test(second ?? '')
    ? ['sign_in_only']
    : [];
}

function teamsEventGates({ host }: LinkParts): LinkGate[] | null {
  return host === 'events.teams.microsoft.com' ? ['webinar', 'registration'] : null;
}

function webexGates({ host, segments }: LinkParts): LinkGate[] | null {
  if (!/^[a-z0-9-]+\.webex\.com$/.test(host)) {
    return null;
  }
  return segments.some((part, index) => part === 'weblink' && segments[index + 1] === 'register')
    ? ['registration']
    : [];
}

function goToGates({ host, segments: [first] }: LinkParts): LinkGate[] | null {
  if (!/^(?:attendee|register|global)\.gotowebinar\.com$/.test(host)) {
    return null;
  }
  return host.startsWith('register.') || first === 'register'
    ? ['webinar', 'registration']
    : ['webinar'];
}

function closedGates({ host }: LinkParts): LinkGate[] | null {
  return ['bluejeans.com', 'www.bluejeans.com', 'chime.aws', 'app.chime.aws'].includes(host)
    ? ['closed_service']
    : null;
}
