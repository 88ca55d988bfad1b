/** The story of one run, line by line. Its hash shows whether two runs were the same. */
export class Story {
  private state = 0x811c9dc5
  private readonly lines: Array<string> | undefined

  /** With `kept` the lines can be read afterwards. */
  constructor(kept: boolean) {
    this.lines = kept ? [] : undefined
  }

  tell(at: number, line: string): void {
    const text = `${at} ${line}`
    for (let index = 0; index < text.length; index++) {
      this.state = Math.imul(this.state ^ text.charCodeAt(index), 0x01000193)
    }
    this.lines?.push(`${new Date(at).toISOString().slice(0, 23)} ${line}`)
  }

  get hash(): string {
    return (this.state >>> 0).toString(16).padStart(8, "0")
  }

  get text(): ReadonlyArray<string> {
    return this.lines ?? []
  }
}
