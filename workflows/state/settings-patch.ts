import type { Restriction, Settings } from '../contracts/settings.js';

/** The gate rests on a notice that would never be mailed. */
export function needsCandidateEmails(settings: Settings): boolean {
  return settings.consent.mode === 'notice' && !settings.engagement.candidateEmails;
}

/**
 * Whether the change can forbid a bot that was allowed before. Such a change writes the settings'
 * fence, so that a request that began under the old settings is found out. When in doubt it
 * narrows: a fence that was not needed costs one more claim, a missing one a bot too many.
 */
export function narrows(before: Settings, after: Settings): boolean {
  const consentChanged =
    before.consent.mode !== after.consent.mode && before.consent.mode !== 'opt_in';
  return (
    (before.engagement.record && !after.engagement.record) ||
    (before.captureMode === 'import_all' && after.captureMode === 'choose_jobs') ||
    (consentChanged && after.consent.mode !== 'external') ||
    after.consent.noticeLeadHours > before.consent.noticeLeadHours ||
    after.joining.neverAfterMinutes < before.joining.neverAfterMinutes ||
    (before.joining.whenUnreachable !== after.joining.whenUnreachable &&
      after.joining.whenUnreachable === 'skip') ||
    after.restrictions.some((added) => !before.restrictions.some(isSame(added)))
  );
}

/** A restriction that is taken away lets more in; so does another order of the same ones, or none. */
function isSame(one: Restriction): (other: Restriction) => boolean {
  return ({ field, match }) => field === one.field && match === one.match;
}
