import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { hintVendorEvents } from './hint-events.js';
import { lookUpVendorEvents } from './look-up-events.js';

/**
 * Follows receipts of webhooks: hints first, which take no request, then a bounded number of lookups
 * at the vendor, which take ten seconds at most. Gives the number of receipts followed.
 */
export async function followVendorEvents(deps: ActivityDeps, life: Life): Promise<number> {
  const hinted = await hintVendorEvents(deps, life);
  return hinted + (await lookUpVendorEvents(deps, life));
}
