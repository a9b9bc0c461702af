import type { WorkKind } from '../../common/read-model/documents.js';
import type { ActivityDeps } from '../deps.js';
import { subscriptionTurn } from '../webhooks/subscription.js';
import { catalogueTurn } from './catalogue.js';
import { listingTurn } from './listing.js';
import { applicationTurn } from './read-application.js';
import { resolveTurn } from './resolve.js';
import type { Turn, TurnResult } from './turn.js';
import { usersTurn } from './users.js';

const turns: Record<WorkKind, (deps: ActivityDeps, turn: Turn) => Promise<TurnResult>> = {
  catalogue: catalogueTurn,
  listing: listingTurn,
  resolve: resolveTurn,
  application: applicationTurn,
  users: usersTurn,
  subscription: subscriptionTurn,
};

/** What one row's turn does, by its kind. */
export async function takeTurn(deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  return await turns[turn.row.kind](deps, turn);
}
