import Handlebars from 'handlebars';
import { parseUrl } from '../../common/parse-url.js';
import type { MailTemplate } from './templates/layout.js';

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
}

interface CompiledTemplate {
  subject: HandlebarsTemplateDelegate;
  text: HandlebarsTemplateDelegate;
  html: HandlebarsTemplateDelegate;
}

const longestName = 200;

/** Escapes values in the HTML alone; a value that is missing is a fault of the template. */
export function compiled(template: MailTemplate): CompiledTemplate {
  const handlebars = Handlebars.create();
  const plain = { strict: true, noEscape: true };
  return {
    subject: handlebars.compile(template.subject, plain),
    text: handlebars.compile(template.text, plain),
    html: handlebars.compile(template.html, { strict: true }),
  };
}

/**
 * A link in its escaped form, in which no character can end an attribute or a header's value.
 *
 * @throws {TypeError} for one that is none of the protocols
 */
export function linkOf({ url, protocols }: { url: string; protocols: string[] }): string {
  const parsed = parseUrl(url);
  if (parsed === null || !protocols.includes(parsed.protocol)) {
    throw new TypeError('a mail needs a link of a known kind');
  }
  return parsed.href.replace(
    /[<>"'`\s]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** One line of visible characters, not too long; null when nothing is left. */
export function oneLine(text: string | null): string | null {
  const visible = (text ?? '')
    .normalize('NFC')
    // Not the two joiners, which belong to the spelling of names in some scripts.
    .replace(/(?:[\p{Cc}\p{Zl}\p{Zp}\s]|(?![\u200c\u200d])\p{Cf})+/gu, ' ')
    .trim();
  return visible === '' ? null : Array.from(visible).slice(0, longestName).join('');
}
