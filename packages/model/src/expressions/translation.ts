/**
 * The parameters of the first protocol generation become expressions of the same language, so that one parser, one
 * evaluator and one form on the wire serve both. A translated text begins with a mark that no caller's text can begin
 * with: behind it the limits of texts do not count, which those parameters never had, and ADD and DELETE are theirs.
 * The mark is obeyed only where the input says that translations may come; for a caller it is a syntax error.
 */
const MARK = '!';

export function toTranslatedText(body: string): string {
  return MARK + body;
}

/** @returns whether the text is a translation; its body begins behind the first character */
export function isTranslatedText(text: string): boolean {
  return text.startsWith(MARK);
}
