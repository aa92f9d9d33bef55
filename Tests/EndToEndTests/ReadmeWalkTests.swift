import Glibc
import KappaTestSupport
import Testing

/// README from top to bottom: every block typed as it is printed, in one shell, in the home of somebody new.
///
/// A block that needs another host, a server or a compiler has a comment before it that says so. The network is one of
/// the test's own, so that the ports are those that README names.
@Suite struct ReadmeWalkTests {
    struct Block {
        var language: String
        var lines: [String]
        /// Why it is not typed here.
        var elsewhere: String?
    }

    static func blocks(of text: String) -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        var previous = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```"), let block = open {
                blocks.append(block)
                open = nil
            } else if line.hasPrefix("```") {
                let mark = previous.hasPrefix("<!-- elsewhere: ") ? previous : nil
                open = Block(language: String(line.dropFirst(3)), lines: [], elsewhere: mark)
            } else {
                open?.lines.append(line)
            }
            previous = line
        }
        return blocks
    }

    /// What a person would type of a block. A file that it shows with `cat` is there.
    static func typed(_ block: Block) -> [String] {
        guard block.language == "console" else { return [block.lines.joined(separator: "\n")] }
        var commands: [String] = []
        var shown: (name: String, lines: [String])?
        func keep() {
            guard let file = shown else { return }
            commands.append("cat > \(file.name) <<'END'\n\(file.lines.map { $0 + "\n" }.joined())END")
        }
        for line in block.lines {
            if line.hasPrefix("$ ") {
                keep()
                shown = nil
                let words = line.dropFirst(2).split(separator: " ")
                if words.first == "cat" {
                    shown = (String(words[1]), [])
                } else {
                    commands.append(String(line.dropFirst(2)))
                }
            } else {
                shown?.lines.append(line)
            }
        }
        keep()
        return commands
    }

    static func canHaveANetwork() -> Bool {
        (try? Subprogram.output(of: "/usr/bin/unshare", ["--net", "--map-root-user", "/bin/true"])) != nil
    }

    @Test(.enabled(if: canHaveANetwork(), "no network name space may be made here"))
    func everyBlockRunsAsItIsPrinted() async throws {
        let blocks = Self.blocks(of: Subprogram.read(Kappa.packageRoot + "/README.md"))
        #expect(blocks.filter { $0.elsewhere != nil }.count <= 6)
        let walked = blocks.filter { $0.elsewhere == nil && ["console", "sh"].contains($0.language) }
        #expect(walked.count >= 5)
        let commands = walked.flatMap { block in
            block.language == "sh" ? ["bash --norc -c " + Self.quoted(Self.typed(block)[0])] : Self.typed(block)
        }
        #expect(commands.count > 20)
        let folder = try TemporaryDirectory()
        let steps = commands.map { "step \(Self.quoted($0))\n" }.joined()
        let script = """
            step() {
                echo "+ $1" >&2
                eval "$1" < /dev/null
                local status=$?
                if [[ $status != 0 ]]; then echo "STATUS $status: $1" >&2; kappa down 2> /dev/null; exit 1; fi
            }
            \(steps)echo walked
            """
        // The loopback of a new network has to be switched on.
        let loopback = """
            import fcntl, os, socket, struct, sys
            fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 0x41))
            os.execvp(sys.argv[1], sys.argv[1:])
            """
        let binaries = Kappa.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let child = try ChildProcess(
            ["/usr/bin/unshare", "--net", "--map-root-user", "/usr/bin/python3", "-c", loopback]
                + ["/bin/bash", "--norc", "-c", script],
            environment: [
                "PATH": "\(binaries):/usr/bin:/bin", "HOME": folder.path, "TERM": "dumb", "LANG": "C.UTF-8",
            ], directory: folder.path)
        let result = try await child.finish(timeout: .seconds(600))
        #expect(result.status == 0 && result.output.hasSuffix("walked\n"), "\(result.errors)\n\(result.output)")
        // The example of a replay shows a real difference.
        #expect(result.output.contains(#/changed BH-5431\|piezometer .* -> /#), "\(result.output)")
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
