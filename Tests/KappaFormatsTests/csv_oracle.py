"""CSV by another library: `generate FOLDER SEED COUNT` writes tables with Python's csv module and what they hold;
`check FOLDER` compares that with the JSON lines that were made of them."""
import csv, json, random, sys

LETTERS = ['a', 'B', '7', ' ', '-', '.', ',', ';', '\t', '"', '""', '\n', "'", '\\', '\x01', 'é', '観', '😀', 'null', '0']


def word(random, is_windows):
    text = ''.join(random.choice(LETTERS) for _ in range(random.choice([0, 1, 1, 2, 3, 5, 12])))
    return text + random.choice(['', '', '\r\n', '\r']) if is_windows else text


def generate(folder, seed, count):
    chance = random.Random(seed)
    for number in range(count):
        delimiter = chance.choice([',', ';', '\t'])
        ending = chance.choice(['\n', '\r\n'])
        quoting = chance.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
        columns = chance.choice([1, 2, 3, 7, 70])
        # A header of one field that looks like several is refused with a hint.
        ends = ['', 'é', ',', '"'] if columns > 1 else ['', 'é']
        names = ['field %d%s' % (index, chance.choice(ends)) for index in range(columns)]
        rows = []
        for _ in range(chance.choice([0, 1, 3, 20])):
            row = [word(chance, ending == '\r\n') for _ in names]
            if quoting == csv.QUOTE_NONNUMERIC:
                row = [chance.choice([text, chance.randint(-9, 10**18), chance.uniform(-1, 1) * 10**chance.randint(-30, 30)])
                       for text in row]
            rows.append(row)
        path = '%s/%d' % (folder, number)
        with open(path + '.csv', 'w', encoding='utf-8', newline='') as file:
            writer = csv.writer(file, delimiter=delimiter, lineterminator=ending, quoting=quoting)
            writer.writerow(names)
            writer.writerows(rows)
        if chance.random() < 0.3:
            # Nothing ends the last line.
            text = open(path + '.csv', encoding='utf-8', newline='').read()
            if text.endswith(ending):
                open(path + '.csv', 'w', encoding='utf-8', newline='').write(text[:-len(ending)])
        # Only where every field is in quotes, or not by its kind, is an empty text another thing than no value.
        plain = quoting == csv.QUOTE_MINIMAL and columns > 1
        expected = [{n: None if plain and v == '' else v for n, v in zip(names, row)} for row in rows]
        with open(path + '.told', 'w') as file:
            json.dump({'delimiter': delimiter, 'text': quoting == csv.QUOTE_MINIMAL, 'rows': expected}, file)
        with open(path + '.how', 'w') as file:
            file.write('%d %d' % (ord(delimiter), quoting == csv.QUOTE_MINIMAL))


def check(folder, count):
    wrong = 0
    for number in range(count):
        path = '%s/%d' % (folder, number)
        told = json.load(open(path + '.told'))['rows']
        with open(path + '.json', encoding='utf-8', newline='') as file:
            found = [json.loads(line) for line in file.read().split('\n') if line]
        if found != told:
            wrong += 1
            print(path, 'expected', told, 'found', found)
    print('cases=%d wrong=%d' % (count, wrong))


if sys.argv[1] == 'generate':
    generate(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    check(sys.argv[2], int(sys.argv[3]))
