/// Sentences, one a line: food for a word count.
package struct SentenceGenerator {
    private var random: SeededGenerator

    package init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    package mutating func append(to buffer: LineBuffer) {
        var words = [random.pick(Words.determiners), random.pick(Words.nouns), random.pick(Words.verbs)]
        words += [random.pick(Words.determiners), random.pick(Words.adjectives), random.pick(Words.nouns)]
        if random.next() & 1 == 0 {
            words += [random.pick(Words.joiners), random.pick(Words.determiners), random.pick(Words.nouns)]
            words.append(random.pick(Words.verbs))
        }
        let sentence = words.joined(separator: " ")
        buffer.append(sentence.prefix(1).uppercased() + sentence.dropFirst() + ".\n")
    }
}
