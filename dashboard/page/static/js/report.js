/* Where the page gets its files and keeps its address: from the server it came from, or, in a report,
 * from the one file that it is (report/boot.js). */

const report = globalThis.trainboardReport;

/** What has the page's location, history and storage. */
export const browser = report?.place ?? globalThis.window;

/** The address from which a browser gets a file of ours. */
export const sourceOf = report?.sourceOf ?? ((address) => address);
