import { createContext, use } from 'react';
import type { Client } from './client.js';
import type { LiveStatus } from './events.js';
import type { Identity } from './session.js';

export interface ApiContextValue {
  client: Client;
  identity: Identity;
  live: LiveStatus;
}

export const ApiContext = createContext<ApiContextValue | null>(null);

export function useApi(): ApiContextValue {
  const value = use(ApiContext);
  if (value === null) throw new Error('useApi needs ApiContext');
  return value;
}

/** What the visitor may change; the API checks it again. */
export function usePermissions(): { owner: boolean; mayChoose: boolean } {
  const { role } = useApi().identity;
  return { owner: role === 'owner', mayChoose: role === 'owner' || role === 'admin' };
}
