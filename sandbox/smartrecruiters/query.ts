import type { Request } from 'express';
import { badRequest } from './errors.js';

const dateFormat = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:?\d\d)$/;
const uuidFormat = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** All values of a repeatable parameter. */
export function queryValues(request: Request, name: string): string[] {
  const value: unknown = request.query[name];
  const values: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return values.filter((item) => typeof item === 'string');
}

/** The value of a parameter that may be given once, or undefined. 400 when it is repeated. */
export function queryValue(request: Request, name: string): string | undefined {
  const values = queryValues(request, name);
  if (values.length > 1) throw badRequest(`${name} may be given once`);
  return values[0];
}

/** A parameter that must be one of a closed list (400 otherwise). */
export function queryChoice<Choice extends string>(options: {
  request: Request;
  name: string;
  choices: readonly Choice[];
}): Choice | undefined {
  const value = queryValue(options.request, options.name);
  return value === undefined ? undefined : asChoice({ ...options, value });
}

export function queryChoices<Choice extends string>(options: {
  request: Request;
  name: string;
  choices: readonly Choice[];
}): Choice[] {
  return queryValues(options.request, options.name).map((value) => asChoice({ ...options, value }));
}

function asChoice<Choice extends string>(options: {
  name: string;
  value: string;
  choices: readonly Choice[];
}): Choice {
  const choice = options.choices.find((item) => item === options.value);
  if (choice === undefined) throw badRequest(`${options.name} has an unknown value`);
  return choice;
}

/** A time in the documented format `yyyy-MM-ddTHH:mm:ss.SSSZZ`, as epoch ms. */
export function queryTime(request: Request, name: string): number | undefined {
  const value = queryValue(request, name);
  if (value === undefined) return undefined;
  const at = dateFormat.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw badRequest(`${name} must look like yyyy-MM-ddTHH:mm:ss.SSSZZ`);
  return at;
}

/** A whole number within bounds, or the fallback. */
export function queryNumber(options: {
  request: Request;
  name: string;
  min: number;
  max: number;
  fallback: number;
}): number {
  const value = queryValue(options.request, options.name);
  if (value === undefined) return options.fallback;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= options.min && number <= options.max)) {
    throw badRequest(`${options.name} must be between ${options.min} and ${options.max}`);
  }
  return number;
}

export function isUuid(value: string): boolean {
  return uuidFormat.test(value);
}
