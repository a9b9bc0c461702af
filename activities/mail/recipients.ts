import type { InterviewDoc, TimeslotFacts } from '../../common/read-model/documents.js';
import type { SmartRecruitersClient } from '../smartrecruiters/client.js';
import {
  isSmartRecruitersError,
  type SmartRecruitersErrorKind,
} from '../smartrecruiters/errors.js';

/** Somebody who is written to; asked of the vendor for each mail and kept nowhere. */
export interface Recipient {
  id: string;
  email: string | null;
  name: string | null;
}

export async function candidateAsRecipient(
  client: SmartRecruitersClient,
  { candidateId }: Pick<InterviewDoc, 'candidateId'>,
): Promise<Recipient[]> {
  const person = await orNothing(
    () => client.getCandidate({ candidateId, lane: 'interactive' }),
    ['not_found'],
  );
  return person === null ? [] : [{ id: candidateId, email: person.email, name: person.firstName }];
}

/** The interviewers of these timeslots, each once. */
export async function interviewersAsRecipients(
  client: SmartRecruitersClient,
  timeslots: readonly Pick<TimeslotFacts, 'interviewerIds'>[],
): Promise<Recipient[]> {
  const ids = [...new Set(timeslots.flatMap((timeslot) => timeslot.interviewerIds))];
  const users: Recipient[] = [];
  for (const userId of ids) {
    const user = await orNothing(
      () => client.getUser({ userId, lane: 'interactive' }),
      ['not_found', 'scope'],
    );
    if (user?.active === true) users.push({ id: userId, email: user.email, name: user.firstName });
  }
  return users;
}

/**
 * Somebody who is not there is not written to, nor an interviewer whom a missing scope hides; the
 * rest goes on. For a candidate a missing scope is no answer: the scope may come back, and until then
 * the consent gate stays closed.
 */
async function orNothing<Found>(
  read: () => Promise<Found>,
  absent: readonly SmartRecruitersErrorKind[],
): Promise<Found | null> {
  try {
    return await read();
  } catch (error) {
    if (isSmartRecruitersError(error) && absent.includes(error.kind)) return null;
    throw error;
  }
}
