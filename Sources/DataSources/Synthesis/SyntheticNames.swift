/// Words that invented people are made of.
enum SyntheticNames {
    static let first = [
        "Aaliyah", "Adam", "Agnieszka", "Aisha", "Alan", "Alexander", "Amelia", "Amir", "Ana", "Andrew", "Angela", "Anthony", "Arthur", "Ava",
        "Barbara", "Ben", "Beth", "Brian", "Callum", "Carol", "Catherine", "Charlotte", "Chen", "Chloe", "Daniel", "David", "Deborah", "Diane",
        "Dylan", "Ebony", "Edward", "Elena", "Ella", "Emily", "Ethan", "Eve", "Farah", "Fatima", "Femi", "Fiona", "Gareth", "George", "Grace",
        "Hannah", "Harpreet", "Harry", "Helen", "Hugh", "Ibrahim", "Imani", "Imran", "Irene", "Isaac", "Isla", "Ivan", "Jack", "Jade", "James",
        "Jane", "Jaswinder", "Joan", "John", "Joseph", "Joy", "Julia", "Karen", "Kate", "Kevin", "Kwame", "Laura", "Leah", "Lewis", "Li", "Linda",
        "Lucas", "Lucy", "Maria", "Mark", "Mary", "Matthew", "Maya", "Megan", "Michael", "Mohammed", "Moira", "Naomi", "Natasha", "Nathan", "Neil",
        "Noor", "Olivia", "Oscar", "Owen", "Patricia", "Paul", "Peter", "Priya", "Rachel", "Rhys", "Robert", "Rosa", "Ruth", "Ryan", "Samuel",
        "Sarah", "Sean", "Shanice", "Sian", "Simon", "Sofia", "Stephen", "Susan", "Tariq", "Thomas", "Tomasz", "Victoria", "William", "Yusuf", "Zara",
        "Zoe",
    ]

    static let last = [
        "Abbott", "Adeyemi", "Ahmed", "Akhtar", "Ali", "Allen", "Anderson", "Bailey", "Baker", "Begum", "Bennett", "Brown", "Butler", "Campbell",
        "Carter", "Chapman", "Chowdhury", "Clark", "Cohen", "Collins", "Cook", "Cooper", "Cox", "Davies", "Davis", "Edwards", "Evans", "Fisher",
        "Fletcher", "Foster", "Garcia", "Gibson", "Graham", "Gray", "Green", "Griffiths", "Hall", "Harris", "Harrison", "Hill", "Holmes", "Hughes",
        "Hussain", "Islam", "Jackson", "James", "Jenkins", "Johnson", "Jones", "Kaur", "Kelly", "Khan", "King", "Knight", "Kowalski", "Lewis", "Li",
        "Lloyd", "Macdonald", "Marshall", "Martin", "Mason", "Mensah", "Miller", "Mills", "Mitchell", "Moore", "Morgan", "Morris", "Murphy", "Murray",
        "Nguyen", "Nowak", "Okafor", "Owen", "Palmer", "Parker", "Patel", "Phillips", "Popescu", "Powell", "Price", "Rahman", "Reid", "Reynolds",
        "Richards", "Roberts", "Robinson", "Rogers", "Russell", "Ryan", "Scott", "Shah", "Shaw", "Simpson", "Singh", "Smith", "Stevens", "Stewart",
        "Taylor", "Thomas", "Thompson", "Turner", "Walker", "Ward", "Watson", "White", "Williams", "Wilson", "Wood", "Wright", "Young", "Zhang",
    ]

    static let streets = [
        "Abbey Road", "Acorn Way", "Albion Street", "Ash Grove", "Beech Avenue", "Bridge Street", "Brook Lane", "Canal Street", "Castle Hill",
        "Cedar Close", "Chapel Lane", "Church Street", "Clarence Road", "Croft Avenue", "Dale View", "Elm Road", "Ferry Lane", "Field View",
        "Garden Terrace", "Grange Road", "Green Lane", "Hawthorn Drive", "High Street", "Hillside", "Holly Walk", "Ivy Cottages", "Kings Road",
        "Lime Street", "Main Street", "Manor Drive", "Market Place", "Meadow Rise", "Mill Lane", "Moor View", "New Road", "North Parade", "Oak Drive",
        "Orchard Close", "Park Row", "Poplar Street", "Priory Road", "Queens Walk", "Rectory Lane", "River Street", "Rowan Court", "School Lane",
        "South Terrace", "Spring Gardens", "Station Road", "The Crescent", "Union Street", "Victoria Street", "Water Lane", "West End", "Willow Bank",
        "Windmill Hill", "Wood Street", "Yew Tree Close",
    ]

    static let sanctions = [
        "Did not attend a work-search review without good reason.", "Did not apply for a vacancy that was agreed.",
        "Left paid work without good reason.", "Did not take part in a work-focused interview.",
    ]

    /// `{name}` and `{nino}` stand for the citizen's own: free text repeats what is masked elsewhere.
    static let notes = [
        "Change of address reported by telephone.", "{name} asked for payment to the landlord.", "Evidence of rent seen and returned.",
        "Called about the payment date; number quoted as {nino}.", "Childcare costs to be reported at the end of the period.",
        "Has a support worker who may speak for {name}.", "Fit note received, reviewed in three months.",
        "Letter returned undelivered; {nino} marked for contact.", "Started part-time work, hours vary from week to week.",
        "Asked for large print.", "Interpreter booked for the next interview.", "Partner has moved out, claim to become single.",
    ]
}
