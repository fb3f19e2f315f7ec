/** What things on a Hugging Face hub may be called, so that they are safe as parts of paths. */

/** `user/name`, each half of letters, digits, `_`, `.` and `-`. */
export function isRepo(text: string): boolean {
  return /^[\w.-]{1,96}\/[\w.-]{1,96}$/u.test(text) && !/(?:^|\/)\.{1,2}(?:\/|$)/u.test(text)
}

/** A file directly in a snapshot: no folders, nothing hidden, nothing that leads elsewhere. */
export function isFilename(text: string): boolean {
  return text.length <= 255 && /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(text)
}

/** A branch, tag or commit as one word. */
export function isRevision(text: string): boolean {
  return /^[\w.-]{1,128}$/u.test(text) && !/^\.{1,2}$/u.test(text)
}
