export type Role = 'owner' | 'admin' | 'member';

/** Somebody who can sign in. `subject` becomes the token's `sub`. */
export interface Person {
  subject: string;
  name: string;
  orgId: string;
  role: Role;
}

const roles: Role[] = ['owner', 'admin', 'member'];

const names: string[][] = [
  ['Olivia Owner', 'Adam Admin', 'Mia Member'],
  ['Oscar Owner', 'Ada Admin', 'Max Member'],
];

/** An Owner, an Admin and a Member for each of the organizations; the first person is the default. */
export function peopleOf({ organizations }: { organizations: string[] }): Person[] {
  return organizations.flatMap((orgId, index) =>
    roles.map((role, place) => ({
      subject: `${orgId}-${role}`,
      name: names[index % names.length]?.[place] ?? role,
      orgId,
      role,
    })),
  );
}
