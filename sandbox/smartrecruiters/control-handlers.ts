import type { SmartRecruitersControl } from './control.js';
import type { ControlInput, ControlName } from './control-inputs.js';
import { ControlError } from './errors.js';

type Answer<Name extends ControlName> = Awaited<ReturnType<SmartRecruitersControl[Name]>>;

/** What each control does with input that was checked. */
export type Handlers = {
  [Name in ControlName]: (input: ControlInput<Name>) => Answer<Name>;
};

/** The record of a control's id; 404 when there is none. */
export function found<Row>(rows: Map<string, Row>, id: string, what: string): Row {
  const row = rows.get(id);
  if (row === undefined) throw new ControlError({ status: 404, message: `No such ${what}` });
  return row;
}
