declare const oarlockVersion: string

/** The version of the package that this page was built from: the footer shows it, and what is shared or saved names it. */
export const version: string = oarlockVersion
