/// What people and sentences are made of.
enum Words {
    static let womensNames = [
        "Ada", "Amira", "Bea", "Chloe", "Dana", "Elif", "Freya", "Grace", "Hana", "Ines", "Joan", "Keiko", "Leila",
        "Mia", "Nora", "Olga", "Priya", "Ruth", "Sofia", "Tara", "Uma", "Vera", "Wanda", "Xenia", "Yara", "Zoe",
    ]
    static let mensNames = [
        "Alan", "Bo", "Carl", "Dev", "Emil", "Finn", "Goran", "Hugo", "Ivan", "Jack", "Karim", "Liam", "Marco", "Noah",
        "Oscar", "Pavel", "Quinn", "Rafael", "Sam", "Tomas", "Umar", "Viktor", "Will", "Xander", "Yusuf", "Zane",
    ]
    static let surnames = [
        "Abbott", "Baker", "Chen", "Dawson", "Evans", "Fraser", "Garcia", "Hughes", "Ito", "Jensen", "Kelly", "Lopez",
        "Murray", "Nguyen", "Olsen", "Patel", "Quigley", "Rossi", "Singh", "Terzaghi", "Unwin", "Vargas", "Walsh",
        "Young", "Zhang",
    ]
    static let streets = [
        "Station Street", "High Street", "Victoria Parade", "Church Road", "Mill Lane", "Park Avenue", "Quarry Road",
        "River Terrace", "Tunnel Road", "Shaft Lane",
    ]
    static let cities: [(name: String, state: String)] = [
        ("Melbourne", "Victoria"), ("Geelong", "Victoria"), ("Sydney", "New South Wales"),
        ("Newcastle", "New South Wales"), ("Brisbane", "Queensland"), ("Cairns", "Queensland"),
        ("Perth", "Western Australia"), ("Adelaide", "South Australia"), ("Hobart", "Tasmania"),
        ("Darwin", "Northern Territory"),
    ]
    static let determiners = ["the", "a", "this", "that", "one", "another", "every", "no"]
    static let adjectives = ["wet", "deep", "quiet", "steady", "old", "new", "narrow", "heavy", "broken", "calm"]
    static let nouns = [
        "borehole", "tide", "wall", "sensor", "excavation", "record", "stream", "window", "engineer", "site", "log",
        "clock", "shaft", "tunnel", "reading", "pump",
    ]
    static let verbs = [
        "follows", "moves", "fills", "counts", "watches", "settles", "answers", "holds", "passes", "measures", "meets",
        "carries",
    ]
    static let joiners = ["and", "but", "while", "because", "until", "before"]
}
