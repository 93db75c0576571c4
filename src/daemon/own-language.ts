/** The language of this process. */
import { type Language, languageOf } from '../config/language.ts';

/** What the locale of the environment asks for. */
export const ownLanguage = (): Language => {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return languageOf({ LC_ALL, LC_MESSAGES, LANG });
};
