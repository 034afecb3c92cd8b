/**
 * The form in which names are kept for search and looked for: part of a name is part of its form, in any case and however its letters
 * are composed. A sigma becomes another small letter at the end of a word than within one; here it does not.
 */
export const searchForm = (text: string): string => text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ');
