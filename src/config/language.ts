/** The language of what is told about the configuration. */

/** English, or Simplified Chinese. */
export type Language = 'en' | 'zh';

/** The variables of locale(7) that decide. */
export interface LocaleVariables {
  readonly LC_ALL?: string | undefined;
  readonly LC_MESSAGES?: string | undefined;
  readonly LANG?: string | undefined;
}

/**
 * Chinese for `zh`, `zh_CN.UTF-8` and the like in the first of the variables that is set; English otherwise, also where a
 * character set other than UTF-8 is asked for (`zh_CN.GBK`), for our text would be unreadable there.
 */
export function languageOf({ LC_ALL, LC_MESSAGES, LANG }: LocaleVariables): Language {
  const locale = [LC_ALL, LC_MESSAGES, LANG].find((value) => value !== undefined && value !== '');
  const [, charset = 'utf8'] = /^zh(?:[_-][^.@]*)?(?:\.([^@]*))?(?:@.*)?$/i.exec(locale ?? '') ?? [
    '',
    'none',
  ];
  return /^utf-?8$/i.test(charset) ? 'zh' : 'en';
}
